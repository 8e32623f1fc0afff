/** The document for React: each hook rerenders only when what it names changes. */
import { createContext, useCallback, useContext, useMemo, useSyncExternalStore } from 'react'
import type * as Y from 'yjs'
import type { Problem } from './checks'
import type { ConnectionState } from './connection'
import type { Unread } from './openDiscussion'
import type { OpenGraph } from './openGraph'
import type { Peer } from './presence'
import type { RunNodeRow, RunRow } from './runDocument'
import type { Edge, Meta, Node, NodeType, Thread } from './schema.gen'
import type { Space } from './space'
import type { UndoState } from './undo'

export const GraphContext = createContext<OpenGraph | undefined>(undefined)

export function useGraph(): OpenGraph {
  const graph = useContext(GraphContext)
  if (graph === undefined) throw new Error('useGraph() needs a GraphContext.Provider above it.')
  return graph
}

/** The open graph as one may use it now: another object whenever one's role changes. */
export function useSeenGraph(graph: OpenGraph): OpenGraph {
  const role = useSyncExternalStore(graph.subscribeRole, () => graph.role)
  return useMemo(() => graph.seenAs(role), [graph, role])
}

/** Whether the graph is no longer shared with one. */
export function useIsLost(): boolean {
  const graph = useGraph()
  return useSyncExternalStore(graph.subscribeRole, () => graph.isLost)
}

export function useNode(id: string): Node | undefined {
  const { store } = useGraph()
  const subscribe = useCallback((listener: () => void) => store.subscribeNode(id, listener), [store, id])
  return useSyncExternalStore(subscribe, () => store.node(id))
}

export function useEdge(id: string): Edge | undefined {
  const { store } = useGraph()
  const subscribe = useCallback((listener: () => void) => store.subscribeEdge(id, listener), [store, id])
  return useSyncExternalStore(subscribe, () => store.edge(id))
}

export function useNodes(): readonly Node[] {
  const { store } = useGraph()
  return useSyncExternalStore(store.subscribe, () => store.nodes)
}

export function useEdges(): readonly Edge[] {
  const { store } = useGraph()
  return useSyncExternalStore(store.subscribe, () => store.edges)
}

export function useMeta(): Meta {
  const { store } = useGraph()
  return useSyncExternalStore(store.subscribe, () => store.meta)
}

/** The shared text of a prose parameter: another object after its node was deleted and brought back. */
export function useNodeText(id: string, key: string): Y.Text | undefined {
  const { store, document } = useGraph()
  const subscribe = useCallback((listener: () => void) => store.subscribeNode(id, listener), [store, id])
  return useSyncExternalStore(subscribe, () => document.text(id, key))
}

/** What the server says of a type; undefined for one it does not know. */
export function useNodeType(type: string): NodeType | undefined {
  return useGraph().types.get(type)
}

export function useSelection(): ReadonlySet<string> {
  const { selection } = useGraph()
  return useSyncExternalStore(selection.subscribe, () => selection.ids)
}

export function useIsSelected(id: string): boolean {
  const { selection } = useGraph()
  return useSyncExternalStore(selection.subscribe, () => selection.has(id))
}

/** The one node that is selected, if it is exactly one. */
export function useSelectedNode(): Node | undefined {
  return useNode(useOnlySelected())
}

export function useSelectedEdge(): Edge | undefined {
  return useEdge(useOnlySelected())
}

function useOnlySelected(): string {
  const [first, second] = useSelection()
  return first !== undefined && second === undefined ? first : ''
}

/** The others here. What moves with every frame is not in it: see PresenceChannel.motion. */
export function usePeers(): readonly Peer[] {
  const { presence } = useGraph()
  return useSyncExternalStore(presence.subscribe, () => presence.peers)
}

export function useConnection(): ConnectionState {
  const { connection } = useGraph()
  return useSyncExternalStore(connection.subscribe, () => connection.state)
}

/** How full the graph is; undefined while there is plenty of room. */
export function useSpace(): Space | undefined {
  const { connection } = useGraph()
  return useSyncExternalStore(connection.subscribe, () => connection.space)
}

export function useUndoState(): UndoState {
  const { undo } = useGraph()
  return useSyncExternalStore(undo.subscribe, () => undo.state)
}

export function useShownRun(): RunRow | undefined {
  const { run } = useGraph()
  return useSyncExternalStore(run.subscribe, () => run.row)
}

/** What a node does in the shown run. */
export function useRunNode(id: string): RunNodeRow | undefined {
  const { run } = useGraph()
  const subscribe = useCallback((listener: () => void) => run.subscribeNode(id, listener), [run, id])
  return useSyncExternalStore(subscribe, () => run.node(id))
}

export function useProblems(): readonly Problem[] {
  const { problems } = useGraph()
  return useSyncExternalStore(problems.subscribe, () => problems.all)
}

/** The gravest problem of one node or edge. */
export function useProblemOf(id: string): Problem | undefined {
  const { problems } = useGraph()
  return useSyncExternalStore(problems.subscribe, () => problems.of(id))
}

/** What is said about this graph, those first in which something was said last. */
export function useThreads(): readonly Thread[] {
  const { discussion } = useGraph()
  return useSyncExternalStore(discussion.subscribe, () => discussion.threads)
}

export function useThread(id: string): Thread | undefined {
  const { discussion } = useGraph()
  return useSyncExternalStore(discussion.subscribe, () => discussion.thread(id))
}

/** How much one has not read, by thread. */
export function useUnread(): Unread {
  const { discussion } = useGraph()
  return useSyncExternalStore(discussion.subscribe, () => discussion.unread)
}

/** The discussion's own line to the server. */
export function useDiscussionState(): ConnectionState {
  const { discussion } = useGraph()
  return useSyncExternalStore(discussion.subscribe, () => discussion.state)
}
