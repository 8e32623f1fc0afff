/**
 * Joining a Flowroom server from TypeScript: bots and scripts are peers like any browser.
 *
 * workspace.ts is the HTTP API and the way in, graph.ts a graph, run.ts a run, presence.ts who is there; what the editor
 * and this package share (document, wire, checks) is web/src/document.
 */
export type { AccessRequest } from './access'
export type { Address } from './address'
export type { Change } from './changes'
export { Threads } from './conversation'
export type { WritableAnchor } from './conversation'
export {
  ConnectionLost,
  ConnectionRefused,
  FlowroomError,
  InvalidGraph,
  NoSuchDocument,
  NoSuchEdge,
  NoSuchNode,
  NotAllowed,
  NotSignedIn,
  RequestRefused,
} from './errors'
export type { Feed } from './feed'
export { LiveGraph } from './graph'
export type { DiscussionChange } from './happened'
export type { Patience, Status } from './line'
export type { RunOutputs } from './outputs'
export { Presence } from './presence'
export { Run } from './run'
export type { Version } from './versions'
export { connect, Workspace } from './workspace'
export type { Activity, GraphSummary, ImportReport, Me, Notification, RunStart } from './workspace'
export { CloseCode, roles } from '@/document/protocol.gen'
export type { Problem } from '@/document/checks'
export type { Edge, Graph, Message, Meta, Node, NodeType, NodeView, Presence as PresenceState, RunView, Thread, User } from '@/document/schema.gen'
