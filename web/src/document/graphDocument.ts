/**
 * A graph that others may be editing at the same time: every mutation the editor makes, each one transaction with this
 * document's origin. The twin of flowroom/ydoc.py and, with records.ts, the only place that knows the keys of a shared
 * document. Records are made once and afterwards updated field by field; nothing holds a shared type across calls,
 * because undoing a delete makes new ones. What is read for drawing is store.ts.
 */
import * as Y from 'yjs'
import { newId } from './ids'
import {
  assignFields,
  assignParam,
  type Fields,
  isProse,
  paramsOf,
  readEdge,
  readMeta,
  readNode,
  sharedRecord,
  type SharedRecord,
} from './records'
import type { Edge, Graph, Meta, Node } from './schema.gen'

export type Position = [x: number, y: number]
export type NewNode = Partial<Omit<Node, 'type'>>
export type NewEdge = Pick<Edge, 'source' | 'target'> & Partial<Edge>

/** Called around each gesture, so that undo can close one step and open the next; `merge` names what may be merged. */
export interface GestureListener {
  begin(merge: string | undefined, name: string | undefined): void
}

export class GraphDocument {
  readonly meta: SharedRecord
  readonly nodes: Y.Map<SharedRecord>
  readonly edges: Y.Map<SharedRecord>
  readonly breakpoints: Y.Map<unknown>
  readonly templates: Y.Map<unknown>
  private depth = 0
  private listener: GestureListener | undefined

  constructor(
    readonly doc: Y.Doc = new Y.Doc(),
    /** Marks this document's own transactions for undo and for observers. */
    readonly origin: object = { name: 'editor' },
  ) {
    this.meta = doc.getMap('meta')
    this.nodes = doc.getMap('nodes')
    this.edges = doc.getMap('edges')
    this.breakpoints = doc.getMap('breakpoints')
    this.templates = doc.getMap('templates')
  }

  // Reading

  node(id: string): Node | undefined {
    const shared = this.sharedNode(id)
    return shared && readNode(id, shared)
  }

  edge(id: string): Edge | undefined {
    const shared = this.edges.get(id)
    return shared instanceof Y.Map ? readEdge(id, shared) : undefined
  }

  /** A plain snapshot, nodes and edges as they stand; checks.visible drops what dangles. */
  graph(): Graph {
    return {
      meta: readMeta(this.meta),
      nodes: Object.fromEntries(this.allNodes().map((node) => [node.id, node])),
      edges: Object.fromEntries(this.allEdges().map((edge) => [edge.id, edge])),
      breakpoints: this.breakpoints.toJSON() as Graph['breakpoints'],
      templates: this.templates.toJSON() as Graph['templates'],
    }
  }

  allNodes(): Node[] {
    return [...this.nodes].flatMap(([id, shared]) => (shared instanceof Y.Map ? [readNode(id, shared)] : []))
  }

  allEdges(): Edge[] {
    const edges = [...this.edges].flatMap(([id, shared]) => (shared instanceof Y.Map ? [readEdge(id, shared)] : []))
    return edges.sort((a, b) => a.order - b.order)
  }

  /** The shared text of a prose parameter, if it stands as one just now. */
  text(id: string, key: string): Y.Text | undefined {
    const params = this.sharedNode(id)?.get('params')
    const text = params instanceof Y.Map ? (params.get(key) as unknown) : undefined
    return text instanceof Y.Text ? text : undefined
  }

  /** The same, made now when it is missing or still a plain string. */
  ensureText(id: string, key: string): Y.Text | undefined {
    const shared = this.sharedNode(id)
    const found = this.text(id, key)
    if (shared === undefined || found !== undefined || !isProse(key)) return found
    this.gesture(() => {
      const params = paramsOf(shared)
      const plain = params.get(key)
      params.set(key, new Y.Text(typeof plain === 'string' ? plain : ''))
    })
    return this.text(id, key)
  }

  // Editing

  /**
   * Everything inside reaches the others, and is undone, as one. Gestures that share `merge` become one undo step, which is
   * called by `name`, or else by what was touched.
   */
  gesture<T>(change: () => T, merge?: string, name?: string): T {
    if (this.depth === 0) this.listener?.begin(merge, name)
    this.depth++
    try {
      return this.doc.transact(change, this.origin)
    } finally {
      this.depth--
    }
  }

  onGesture(listener: GestureListener): void {
    this.listener = listener
  }

  addNode(type: string, fields: NewNode = {}): string {
    const id = fields.id ?? newId()
    const record = { type, typeVersion: 1, name: '', kind: undefined, ...fields, pos: rounded(fields.pos ?? [0, 0]) }
    this.gesture(() => this.nodes.set(id, sharedRecord('node', record)))
    return id
  }

  updateNode(id: string, fields: Partial<Omit<Node, 'id' | 'params'>>): void {
    const shared = this.sharedNode(id)
    if (shared === undefined) return
    this.gesture(() => assignFields('node', shared, fields as Fields), `${id}.${Object.keys(fields).join()}`)
  }

  /** Put nodes somewhere else as one gesture; nodes deleted meanwhile are passed over. */
  moveNodes(positions: ReadonlyMap<string, Position>, merge?: string): void {
    this.gesture(() => {
      for (const [id, to] of positions) {
        const shared = this.sharedNode(id)
        if (shared) assignFields('node', shared, { pos: rounded(to) })
      }
    }, merge)
  }

  setParam(id: string, key: string, value: unknown): void {
    const shared = this.sharedNode(id)
    if (shared === undefined) return
    this.gesture(() => assignParam(paramsOf(shared), key, value), `${id}.params.${key}`)
  }

  /** Delete nodes and edges with attached edges, contained nodes and breakpoints; unknown ids are passed over. */
  delete(ids: Iterable<string>): void {
    const gone = this.withContents(ids)
    if (gone.size === 0) return
    this.gesture(() => {
      for (const edge of this.allEdges()) {
        if (gone.has(edge.id) || gone.has(edge.source) || gone.has(edge.target)) this.edges.delete(edge.id)
      }
      for (const id of gone) {
        if (this.nodes.has(id)) this.nodes.delete(id)
        if (this.breakpoints.has(id)) this.breakpoints.delete(id)
      }
    })
  }

  connect(edge: NewEdge): string {
    const id = edge.id ?? newId()
    const record = { sourcePort: 'output', targetPort: 'input', kind: 'flow', order: edge.order ?? this.nextOrder(), ...edge }
    this.gesture(() => this.edges.set(id, sharedRecord('edge', record)))
    return id
  }

  updateEdge(id: string, fields: Partial<Omit<Edge, 'id'>>): void {
    const shared = this.edges.get(id)
    if (!(shared instanceof Y.Map)) return
    this.gesture(() => assignFields('edge', shared, fields as Fields), `${id}.${Object.keys(fields).join()}`)
  }

  setMeta(fields: Partial<Meta>): void {
    this.gesture(() => assignFields('meta', this.meta, fields as Fields), `meta.${Object.keys(fields).join()}`)
  }

  // What the above is made of

  private sharedNode(id: string): SharedRecord | undefined {
    const shared: unknown = this.nodes.get(id)
    return shared instanceof Y.Map ? (shared as SharedRecord) : undefined
  }

  private withContents(ids: Iterable<string>): Set<string> {
    const gone = new Set(ids)
    const inside = new Map<string, string[]>()
    for (const { id, parent } of this.allNodes()) {
      if (parent === null) continue
      const found = inside.get(parent)
      if (found) found.push(id)
      else inside.set(parent, [id])
    }
    for (const id of gone) for (const child of inside.get(id) ?? []) gone.add(child) // a set is walked as it grows
    return gone
  }

  /** One more than any edge has: where a newly drawn edge stands among the others. */
  nextOrder(): number {
    let last = -1
    this.edges.forEach((shared) => {
      const order: unknown = shared instanceof Y.Map ? shared.get('order') : undefined
      if (typeof order === 'number' && order > last) last = order
    })
    return last + 1
  }
}

const rounded = ([x, y]: Position): Position => [Math.round(x), Math.round(y)]
