/** What the REST interface gives and takes, where it is not a part of a graph itself (document/schema.gen.ts). */
import type { peerKinds, roles } from '@/document/protocol.gen'
import type { EventType, RunState, RunView } from '@/document/schema.gen'

export type Role = (typeof roles)[number]
export type PeerKind = (typeof peerKinds)[number]

export interface Me {
  id: string
  name: string
  colour: string
  /** The role in the workspace; a guest has none, and sees what was shared with them. */
  role: Role | null
  kind: PeerKind
  /** Of the account; who came by a token or a link has none. */
  email?: string | null
}

/** Enough of a graph to draw it small: nodes as [x, y, width, height, type], edges as indices of nodes. */
export interface GraphPreview {
  nodes: [number, number, number, number, string][]
  edges: [number, number][]
}

export interface GraphSummary {
  id: string
  title: string
  description: string
  nodes: number
  edges: number
  createdAt: string | number
  updatedAt: string | number
  preview: GraphPreview
  /** Everyone in the workspace, or only those whom it was given to. */
  visibility?: Visibility
  /** One's own role on it. */
  role?: Role
}

export type Visibility = 'workspace' | 'private'

/** One page of a list; `next` is the cursor of the page after it. */
export interface Page<Item> {
  items: Item[]
  next: string | null
}

export interface RunRecord {
  id: string
  graph: string
  snapshot: string
  trigger: string
  by: string
  state: RunState
  created: number
  started: number | null
  finished: number | null
  error: string | null
}

/** A run with what people see of it. */
export interface RunDetails extends RunRecord {
  view: RunView
}

export interface RunEvent {
  seq: number
  at: number
  type: EventType
  node: string | null
  iteration: number
  attempt: number
  payload: Record<string, unknown> | null
}

export interface EventPage {
  items: RunEvent[]
  next: number | null
}

/** One entry of a Chat node ({role, content}) or of a Log node ({preview, kind, …}), in Phase 1's two shapes. */
export interface Entry {
  id: string
  /** Milliseconds since 1970. */
  ts: number
  role?: 'user' | 'input' | 'assistant' | 'system'
  content?: string
  preview?: string
  kind?: 'text' | 'json' | 'other'
  sourceId?: string
  port?: string
  raw?: unknown
}

export interface ImportReport {
  graphs: { id: string; title: string; nodes: number; edges: number }[]
  problems: { file: string; what: string; kept: boolean }[]
}

/** How a run is started: everything, or from one node with what it is given. */
export interface RunStart {
  start?: string
  inputs?: Record<string, unknown>
  message?: string
  /** Made up by whoever starts it: under the same key it is the same run, asked for again. */
  key?: string
}
