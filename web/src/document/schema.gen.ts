/** Generated from Python by `npm run generate`; do not edit. */
export type RunState = 'created' | 'running' | 'paused' | 'waiting' | 'succeeded' | 'failed' | 'cancelled'
export type NodeState =
  | 'pending'
  | 'ready'
  | 'queued'
  | 'running'
  | 'retry_wait'
  | 'waiting'
  | 'uncertain'
  | 'succeeded'
  | 'cached'
  | 'failed'
  | 'timed_out'
  | 'skipped'
  | 'upstream_failed'
  | 'cancelled'
export type EventType =
  | 'run.started'
  | 'run.resumed'
  | 'run.waiting'
  | 'run.cancelling'
  | 'run.finished'
  | 'node.started'
  | 'node.retry'
  | 'node.waiting'
  | 'node.progress'
  | 'node.entry'
  | 'node.diagnostic'
  | 'node.succeeded'
  | 'node.failed'
  | 'node.skipped'
export type RunWhen =
  | 'inputs'
  | 'all_live'
  | 'any'
  | 'first'
  | 'all_done'
  | 'any_failed'
  | 'all_failed'
  | 'all_skipped'
  | 'always'
export type PortType = 'any' | 'text' | 'json' | 'message' | 'file' | 'number' | 'boolean' | 'list'

/**
 * A place where runs stop and wait for someone to continue.
 */
export interface Breakpoint {
  when: 'before' | 'after'
  condition: string | null
  by: string | null
}
/**
 * A thread about a place on the canvas.
 */
export interface CanvasAnchor {
  type: 'canvas'
  /**
   * Canvas units; fractions are rounded
   *
   * @minItems 2
   * @maxItems 2
   */
  at: [number, number]
}
/**
 * Nodes being moved just now, by so many canvas units; the drop is one write to the document.
 */
export interface Drag {
  ids: string[]
  /**
   * @minItems 2
   * @maxItems 2
   */
  by: [number, number]
}
/**
 * A connection from an output port to an input port.
 *
 * `order` keeps the order in which edges were drawn: list ports and Phase 1 deliver in it.
 * `condition` is a CEL expression over `value` (what flows) and `vars`; the edge is dead when it is false.
 */
export interface Edge {
  id: string
  source: string
  sourcePort: string
  target: string
  targetPort: string
  kind: 'flow' | 'data'
  varName: string | null
  condition: string | null
  label: string | null
  order: number
}
/**
 * A thread about an edge.
 */
export interface EdgeAnchor {
  type: 'edge'
  edge: string
}
/**
 * A text cursor in a prose parameter; `anchor` and `head` are Yjs relative positions as JSON.
 */
export interface Editing {
  node: string
  param: string
  anchor: unknown
  head: unknown
}
/**
 * A thread about one parameter of a node.
 */
export interface FieldAnchor {
  type: 'field'
  node: string
  param: string
}
/**
 * A whole graph. `nodes`, `edges` and `breakpoints` are keyed by id; a record's own id equals its key.
 */
export interface Graph {
  meta: Meta
  nodes: {
    [k: string]: Node
  }
  edges: {
    [k: string]: Edge
  }
  breakpoints: {
    [k: string]: Breakpoint
  }
  templates: {
    [k: string]: unknown
  }
}
/**
 * What is true of a graph as a whole.
 */
export interface Meta {
  schemaVersion: number
  title: string
  description: string
  /**
   * Run again whenever something changes
   */
  live: boolean
  /**
   * Run id; a pointer for viewers, never written to a file
   */
  lastRun: string | null
  createdFrom: string | null
  execution: 'dataflow' | 'cascade'
  /**
   * Whether `varName` on a flow edge names a variable; Phase 1 ignored it, so its import sets false
   */
  flowVariables: boolean
}
/**
 * One step of a graph, or a container of steps. Absent execution settings mean the default.
 */
export interface Node {
  id: string
  type: string
  typeVersion: number
  name: string
  /**
   * Top left corner in canvas units
   *
   * @minItems 2
   * @maxItems 2
   */
  pos: [number, number]
  size: [number, number] | null
  params: {
    [k: string]: unknown
  }
  /**
   * The container this node is in
   */
  parent: string | null
  /**
   * Only containers name their own ports
   */
  ports: Ports | null
  runWhen:
    | 'inputs'
    | 'all_live'
    | 'any'
    | 'first'
    | 'all_done'
    | 'any_failed'
    | 'all_failed'
    | 'all_skipped'
    | 'always'
  retry: Retry | null
  /**
   * Seconds for one attempt
   */
  timeout: number | null
  /**
   * `port` sends the error to the port `error` instead of failing the run
   */
  onError: 'fail' | 'port'
  disabled: boolean
  pinned: unknown
}
/**
 * The named ports of a container, in order.
 */
export interface Ports {
  inputs: string[]
  outputs: string[]
}
/**
 * When and how often a failed attempt is tried again: exponential back-off with full jitter.
 */
export interface Retry {
  /**
   * Tries in total, the first one included
   */
  attempts: number
  /**
   * Seconds before the second try
   */
  delay: number
  factor: number
  /**
   * Seconds
   */
  maxDelay: number
  jitter: boolean
  /**
   * Error types to retry; empty means every retryable one
   */
  retryOn: string[]
  neverOn: string[]
}
/**
 * What one person said. One that was deleted after others had answered is left as a mark, without its text.
 */
export interface Message {
  id: string
  author: User
  at: number
  /**
   * Markdown, as it was written
   */
  body: string
  editedAt: number | null
  deletedAt: number | null
  /**
   * Ids of people
   */
  mentions: string[]
  /**
   * Emoji → ids of people
   */
  reactions: {
    [k: string]: string[]
  }
}
/**
 * An identity as others see it. `colour` is a CSS hex colour.
 */
export interface User {
  id: string
  name: string
  colour: string
  kind: 'person' | 'bot' | 'agent' | 'engine'
}
/**
 * A thread about a node.
 */
export interface NodeAnchor {
  type: 'node'
  node: string
}
/**
 * What `GET /api/node-types` tells about a type; enough for an editor that has never heard of it.
 *
 * `params` is a JSON Schema (draft 2020-12) of the parameters. Hints: `x-widget` is one of text, code, select,
 * slider, duration, keyvalue or cases; `x-language` names the language of a code field; `x-labels` gives the words for
 * values of an `enum`; `x-group` names a fold of the form, `x-hidden` keeps a parameter out of it. `x-needed` marks
 * what the node can't run without: `true`, or the values that other parameters have when it is
 * (`{"mode": ["single"]}`); a connection to one of `x-ports` serves instead. `x-when` gives the values that other
 * parameters have when it means anything; with others it stands in no form.
 */
export interface NodeType {
  type: string
  version: number
  title: string
  description: string
  category: string
  /**
   * A lucide icon name
   */
  icon: string
  inputs: Port[]
  outputs: Port[]
  params: {
    [k: string]: unknown
  }
  effect: 'pure' | 'idempotent' | 'compensatable' | 'irreversible'
  body: 'plain' | 'chat' | 'log' | 'text'
  container: boolean
  /**
   * A list param whose items' `name` each is an output port, before `outputs`
   */
  portsFrom: string | null
  runnable: boolean
}
/**
 * One input or output. A `feedback` input takes values without holding its node back: it is no dependency.
 */
export interface Port {
  name: string
  label: string
  type: 'any' | 'text' | 'json' | 'message' | 'file' | 'number' | 'boolean' | 'list'
  arity: 'single' | 'list' | 'object' | 'each'
  required: boolean
  feedback: boolean
}
/**
 * One peer's state, at most `MAX_PRESENCE_BYTES` as JSON.
 */
export interface Presence {
  user: User
  /**
   * Canvas units
   */
  cursor: [number, number] | null
  selection: string[]
  editing: Editing | null
  drag: Drag | null
  /**
   * x, y, zoom
   */
  viewport: [number, number, number] | null
  running: string | null
  /**
   * The version kept as this peer last went back to one
   */
  wentBack: string | null
}
/**
 * Who said that a thread is settled, and when.
 */
export interface Resolution {
  by: User
  at: number
}
/**
 * A thread about something that happened in a run: the number of its event in the run's log.
 */
export interface RunEventAnchor {
  type: 'runEvent'
  run: string
  seq: number
}
/**
 * A conversation, its messages in the order they were said; there is always at least one.
 */
export interface Thread {
  id: string
  anchor: NodeAnchor | EdgeAnchor | FieldAnchor | CanvasAnchor | RunEventAnchor | UnknownAnchor
  /**
   * What the thread is about, as it was called when it began
   */
  quote: string
  state: 'open' | 'resolved'
  resolved: Resolution | null
  messages: Message[]
}
/**
 * What a thread is about, as a newer Flowroom wrote it: this one can read what was said, but not show where.
 */
export interface UnknownAnchor {
  type: 'unknown'
}
/**
 * What people see of a node in a run: its newest instance. Times are seconds since 1970.
 */
export interface NodeView {
  status:
    | 'pending'
    | 'ready'
    | 'queued'
    | 'running'
    | 'retry_wait'
    | 'waiting'
    | 'uncertain'
    | 'succeeded'
    | 'cached'
    | 'failed'
    | 'timed_out'
    | 'skipped'
    | 'upstream_failed'
    | 'cancelled'
  iteration: number
  attempt: number
  started: number | null
  finished: number | null
  preview: string | null
  error: {
    [k: string]: unknown
  } | null
  progress: {
    [k: string]: unknown
  } | null
  usage: {
    [k: string]: unknown
  } | null
  entries: {
    [k: string]: unknown
  }[]
}
/**
 * What people see of a run. `counters` counts nodes by status.
 */
export interface RunView {
  id: string
  graph: string
  snapshot: string
  status: 'created' | 'running' | 'paused' | 'waiting' | 'succeeded' | 'failed' | 'cancelled'
  by: string
  started: number | null
  finished: number | null
  error: string | null
  nodes: {
    [k: string]: NodeView
  }
}
