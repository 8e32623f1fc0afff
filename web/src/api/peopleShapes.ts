/** People, and how they come in, as the REST interface tells it. Times are seconds since 1970. */
import type { User } from '@/document/schema.gen'

import type { Me, PeerKind, Role, Visibility } from './shapes'

/** The ways to sign in. */
export interface Methods {
  token: boolean
  password: boolean
  oidc?: { name: string } | null
}

export interface Session {
  id: string
  method: string
  agent: string
  createdAt: number
  seenAt: number
  expiresAt: number
  /** Whether it is the one that asks. */
  current: boolean
}

export interface Member {
  id: string
  name: string
  colour: string
  email: string
  /** The role in the workspace; a guest has none. */
  role: Role | null
  createdAt: number
  seenAt: number | null
  disabled: boolean
  hasPassword: boolean
}

export interface Invitation {
  id: string
  email: string | null
  role: Role
  graph: string | null
  createdBy: string
  createdAt: number
  expiresAt: number
}

/** What an invitation offers to whoever has its key. */
export interface Offer {
  purpose: 'join' | 'password'
  email: string | null
  name: string | null
  role: Role | null
  graph: string | null
  title: string | null
  invitedBy: string | null
  expiresAt: number
}

export interface Accepted {
  me: Me
  graph: string | null
}

export interface Token {
  id: string
  name: string
  colour: string
  role: Role
  kind: PeerKind
  /** The only graphs it is for; every graph when empty. */
  graphs: string[]
  createdAt: number
  expiresAt: number | null
  usedAt: number | null
}

/** A token in force that someone leaves behind who may make none any more, or a token that is revoked. */
export type LeftToken = Pick<Token, 'id' | 'name' | 'kind' | 'usedAt'>

/** A share link in force that is left behind in the same way; `opened` is by how many. */
export interface LeftLink {
  id: string
  title: string
  role: Role
  opened: number
}

/** What of each kind is left of which it wasn't said yet whether it is kept. */
export interface Left {
  tokens: LeftToken[]
  links: LeftLink[]
}

export interface NewToken {
  name: string
  role: Role
  kind: 'person' | 'bot' | 'agent'
  expiresInDays?: number
  graphs?: string[]
}

export interface PersonWithAccess {
  id: string
  name: string
  colour: string
  email: string | null
  role: Role
  via: 'owner' | 'person' | 'link'
}

export interface ShareLink {
  id: string
  role: Role
  createdBy: string
  createdAt: number
  expiresAt: number | null
  /** How many people have opened it. */
  opened: number
}

/** Who has a graph. Only its admins see links and email addresses. */
export interface GraphAccess {
  visibility: Visibility
  mine: Role
  people: PersonWithAccess[]
  links: ShareLink[]
}

/** What a share link opens. */
export interface LinkOffer {
  graph: string
  title: string
  role: Role
  expiresAt: number | null
}

export interface OpenedLink {
  me: Me
  graph: string
  role: Role
}

/** Someone asks for a higher role on a graph; `given` and `note` are the answer. */
export interface AccessRequest {
  id: string
  asker: User
  role: Role
  reason: string
  at: number
  state: 'open' | 'granted' | 'declined'
  decider: User | null
  decidedAt: number | null
  given: Role | null
  note: string
}
