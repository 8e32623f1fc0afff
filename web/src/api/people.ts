/** The people of the workspace, the invitations that bring more of them, and the tokens of programs. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import { ApiError } from './ApiError'
import { request } from './client'
import { keys } from './keys'
import type { Accepted, Invitation, Left, LeftLink, LeftToken, Member, NewToken, Offer, Token } from './peopleShapes'
import type { Page, Role } from './shapes'
import { useOnFocus } from './useOnFocus'

const MEMBERS_PER_PAGE = 50
const LOOK_AGAIN_MS = 10_000

// Members

export const useMembers = (enabled = true) =>
  useInfiniteQuery({
    queryKey: keys.memberPages,
    queryFn: ({ pageParam }) => {
      const before = pageParam === null ? '' : `&before=${encodeURIComponent(pageParam)}`
      return request<Page<Member>>('GET', `/api/members?limit=${MEMBERS_PER_PAGE}${before}`)
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    enabled,
  })

export type Fate = 'keep' | 'revoke'

/** What becomes of the tokens, and of the links, that someone, or a token, made; it has to be said when they leave any behind. */
export type Fates = { tokens?: Fate; links?: Fate }

export type MemberChange = { id: string } & Fates & ({ role: Role | null } | { disabled: boolean })

export function useChangeMember() {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: ({ id, ...change }: MemberChange) => request<Member>('PATCH', memberUrl(id), change),
    onSettled: () => cache.invalidateQueries({ queryKey: keys.allMembers }),
  })
}

export function useRemoveMember() {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: ({ id, ...fates }: { id: string } & Fates) => request<null>('DELETE', memberUrl(id) + saying(fates)),
    onSettled: () => cache.invalidateQueries({ queryKey: keys.allMembers }),
  })
}

const saying = (fates: Fates) => {
  const said = new URLSearchParams(fates).toString()
  return said === '' ? '' : `?${said}`
}

/** The tokens and the links that someone, or a token, would leave behind, where that is why nothing was changed. */
export function leftBehind(error: Error): Left | undefined {
  const { tokens, links } = error instanceof ApiError && error.status === 409 ? error.facts : {}
  if (!Array.isArray(tokens) && !Array.isArray(links)) return undefined
  return { tokens: (tokens ?? []) as LeftToken[], links: (links ?? []) as LeftLink[] }
}

export const usePasswordLink = () =>
  useMutation({
    mutationFn: (id: string) => request<{ url: string; expiresAt: number }>('POST', `${memberUrl(id)}/password-link`),
  })

const memberUrl = (id: string) => `/api/members/${encodeURIComponent(id)}`

// Invitations

export interface NewInvitation {
  role: Role
  email?: string
  graph?: string
}

/** One that was accepted goes from the list soon, and at once for whoever comes from another window. */
export function useInvitations() {
  const invitations = useQuery({
    queryKey: keys.invitations,
    queryFn: () => request<{ items: Invitation[] }>('GET', '/api/invitations').then((page) => page.items),
    refetchInterval: LOOK_AGAIN_MS,
  })
  useOnFocus(() => void invitations.refetch({ cancelRefetch: false }))
  return invitations
}

export function useInvite() {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (invitation: NewInvitation) =>
      request<Invitation & { url: string }>('POST', '/api/invitations', invitation),
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.invitations }),
  })
}

export function useRevokeInvitation() {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => request<null>('DELETE', `/api/invitations/${encodeURIComponent(id)}`),
    onSettled: () => cache.invalidateQueries({ queryKey: keys.invitations }),
  })
}

export const useOffer = (token: string) =>
  useQuery({ queryKey: keys.invitationOffer(token), queryFn: () => request<Offer>('GET', offerUrl(token)), staleTime: Infinity })

/** What someone new says of themselves; whoever is signed in to an account says nothing. */
export interface Acceptance {
  name?: string
  email?: string
  password?: string
}

export const useAccept = (token: string) =>
  useMutation({
    mutationFn: (acceptance: Acceptance) => request<Accepted>('POST', `${offerUrl(token)}/accept`, acceptance),
  })

const offerUrl = (token: string) => `/api/invitations/by-token/${encodeURIComponent(token)}`

// Tokens

export const useTokens = () =>
  useQuery({
    queryKey: keys.tokens,
    queryFn: () => request<{ items: Token[] }>('GET', '/api/tokens').then((page) => page.items),
  })

export function useCreateToken() {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (token: NewToken) => request<Token & { token: string }>('POST', '/api/tokens', token),
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.tokens }),
  })
}

export function useRevokeToken() {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: ({ id, ...fates }: { id: string } & Fates) =>
      request<null>('DELETE', `/api/tokens/${encodeURIComponent(id)}` + saying(fates)),
    onSettled: () => cache.invalidateQueries({ queryKey: keys.tokens }),
  })
}
