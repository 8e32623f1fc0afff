/**
 * The shared document as immutable rows for drawing. A change marks ids dirty; once per animation frame the dirty rows
 * are read again into new arrays that share every untouched row. One's own edits show at once, so that a text field
 * bound to a row keeps its caret. Whoever shows one node subscribes to its id and to nothing else.
 */
import * as Y from 'yjs'
import { visible } from './checks'
import { Frame } from './frame'
import type { GraphDocument } from './graphDocument'
import { KeyedListeners, Listeners } from './listeners'
import { movedNode, readEdge, readMeta, readNode, sameJson } from './records'
import type { Edge, Meta, Node } from './schema.gen'

type Change = Y.YEvent<Y.AbstractType<unknown>>

/** What to read again, by id: all of the record, or its place alone, as of a thousand nodes that are moved together. */
type Dirty = Map<string, 'all' | 'place'>

export class GraphStore {
  private readonly allNodes = new Map<string, Node>()
  private readonly allEdges = new Map<string, Edge>()
  private readonly dirtyNodes: Dirty = new Map()
  private readonly dirtyEdges: Dirty = new Map()
  private metaDirty = false

  private nodeRows: readonly Node[] = []
  private edgeRows: readonly Edge[] = []
  private nodeIndex: ReadonlyMap<string, Node> = new Map()
  private edgeIndex: ReadonlyMap<string, Edge> = new Map()
  private metaRow: Meta

  private readonly frame = new Frame(() => this.flush())
  private readonly listeners = new Listeners()
  private readonly nodeListeners = new KeyedListeners()
  private readonly edgeListeners = new KeyedListeners()

  constructor(private readonly document: GraphDocument) {
    this.metaRow = readMeta(document.meta)
    for (const id of document.nodes.keys()) this.dirtyNodes.set(id, 'all')
    for (const id of document.edges.keys()) this.dirtyEdges.set(id, 'all')
    this.flush()
    document.nodes.observeDeep(this.onNodes)
    document.edges.observeDeep(this.onEdges)
    document.meta.observeDeep(this.onMeta)
  }

  get nodes(): readonly Node[] {
    return this.nodeRows
  }

  /** In the order they were drawn. */
  get edges(): readonly Edge[] {
    return this.edgeRows
  }

  get meta(): Meta {
    return this.metaRow
  }

  node(id: string): Node | undefined {
    return this.nodeIndex.get(id)
  }

  edge(id: string): Edge | undefined {
    return this.edgeIndex.get(id)
  }

  /** Called after every flush that changed something. */
  subscribe = (listener: () => void) => this.listeners.add(listener)

  subscribeNode = (id: string, listener: () => void) => this.nodeListeners.add(id, listener)

  subscribeEdge = (id: string, listener: () => void) => this.edgeListeners.add(id, listener)

  /** Read what is dirty now instead of with the next frame. */
  flush(): void {
    this.frame.drop()
    const nodes = this.readDirtyNodes()
    const edges = this.readDirtyEdges()
    const meta = this.readDirtyMeta()
    if (nodes.size + edges.size > 0) this.publish()
    else if (!meta) return
    this.nodeListeners.call(nodes)
    this.edgeListeners.call(edges)
    this.listeners.call()
  }

  close(): void {
    this.frame.drop()
    this.document.nodes.unobserveDeep(this.onNodes)
    this.document.edges.unobserveDeep(this.onEdges)
    this.document.meta.unobserveDeep(this.onMeta)
  }

  private onNodes = (events: Change[], transaction: Y.Transaction) => {
    markDirty(events, this.dirtyNodes)
    this.settle(transaction)
  }

  private onEdges = (events: Change[], transaction: Y.Transaction) => {
    markDirty(events, this.dirtyEdges)
    this.settle(transaction)
  }

  private onMeta = (_: Change[], transaction: Y.Transaction) => {
    this.metaDirty = true
    this.settle(transaction)
  }

  private settle(transaction: Y.Transaction): void {
    this.frame.request()
    // Only once the whole transaction is over: nodes and edges of one gesture are then shown together.
    if (transaction.local) this.document.doc.once('afterAllTransactions', () => this.frame.flush())
  }

  private readDirtyNodes(): ReadonlySet<string> {
    return readDirty(this.dirtyNodes, this.allNodes, this.document.nodes, readNode, movedNode)
  }

  private readDirtyEdges(): ReadonlySet<string> {
    return readDirty(this.dirtyEdges, this.allEdges, this.document.edges, readEdge)
  }

  private readDirtyMeta(): boolean {
    const changed = this.metaDirty
    this.metaDirty = false
    if (changed) this.metaRow = readMeta(this.document.meta)
    return changed
  }

  private publish(): void {
    const drawn = [...this.allEdges.values()].sort((a, b) => a.order - b.order)
    const { nodes, edges } = visible({ nodes: [...this.allNodes.values()], edges: drawn })
    this.nodeRows = shared(this.nodeRows, nodes)
    this.edgeRows = shared(this.edgeRows, edges)
    this.nodeIndex = new Map(nodes.map((node) => [node.id, node]))
    this.edgeIndex = new Map(edges.map((edge) => [edge.id, edge]))
  }
}

/** The first step of a change's path is the id of its record; a change of the root names its ids as keys. */
function markDirty(events: Change[], dirty: Dirty): void {
  for (const event of events) {
    const [id, ...within] = event.path
    if (typeof id !== 'string') for (const key of event.keys.keys()) dirty.set(key, 'all')
    else if (within.length > 0 || !isMove(event)) dirty.set(id, 'all')
    else if (!dirty.has(id)) dirty.set(id, 'place')
  }
}

const isMove = (event: Change) => event instanceof Y.YMapEvent && event.keysChanged.size === 1 && event.keysChanged.has('pos')

function readDirty<Row>(
  dirty: Dirty,
  rows: Map<string, Row>,
  records: Y.Map<Y.Map<unknown>>,
  read: (id: string, record: Y.Map<unknown>) => Row,
  moved: (before: Row, record: Y.Map<unknown>) => Row = (before) => before,
): ReadonlySet<string> {
  const changed = new Set<string>()
  for (const [id, what] of dirty) {
    const record: unknown = records.get(id)
    const before = rows.get(id)
    if (!(record instanceof Y.Map)) {
      if (rows.delete(id)) changed.add(id)
      continue
    }
    const shared = record as Y.Map<unknown>
    const row = what === 'place' && before !== undefined ? moved(before, shared) : read(id, shared)
    if (sameJson(before, row)) continue
    rows.set(id, row)
    changed.add(id)
  }
  dirty.clear()
  return changed
}

/** The list there was, if it holds the same rows: whoever draws it then has nothing to do. */
export function shared<Row>(before: readonly Row[], after: readonly Row[]): readonly Row[] {
  return before.length === after.length && before.every((row, at) => row === after[at]) ? before : after
}
