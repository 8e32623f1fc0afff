/**
 * Making a shared graph equal a plain one by touching only what differs: the twin of flowroom/becoming.py. It is one
 * gesture, so that it reaches the others as one edit and one Undo takes it back; what is the same stays the same object,
 * with everybody's cursors in it.
 */
import { keepsItself } from './difference'
import type { GraphDocument } from './graphDocument'
import { sameJson } from './records'
import type { Edge, Graph, Meta, Node } from './schema.gen'
import type * as Y from 'yjs'

/** Edges that hang in the air are left out, and what a graph keeps whatever becomes of it (`keepsItself`) stays. */
export function become(document: GraphDocument, wanted: Graph): void {
  document.gesture(() => {
    const have = document.graph()
    // Before anything is deleted, since what hangs on a node goes with it: nodes inside it, and its edges.
    for (const node of Object.values(have.nodes)) becomeNode(document, node, wanted.nodes[node.id])
    for (const edge of Object.values(have.edges)) becomeEdge(document, edge, wanted.edges[edge.id])
    document.delete([...gone(have.nodes, wanted.nodes), ...gone(have.edges, wanted.edges)])
    for (const node of Object.values(wanted.nodes)) if (!document.nodes.has(node.id)) document.addNode(node.type, node)
    for (const edge of Object.values(wanted.edges)) {
      if (!document.edges.has(edge.id) && hasEnds(document, edge)) document.connect(edge)
    }
    becomeValues(document.breakpoints, wanted.breakpoints, (id) => document.nodes.has(id))
    becomeValues(document.templates, wanted.templates, () => true)
    document.setMeta(pick(emptied(have.meta, wanted.meta), (key) => !keepsItself(key)))
  })
}

/**
 * Keeps what the graph is, then lets it become another in the same turn. What others change while it is being kept may
 * not be in what was kept, so it is kept again then. Gives what `keep` gave last; throws, and changes nothing, where
 * they change it each time.
 */
export async function goBack<Kept>(document: GraphDocument, wanted: Graph, keep: () => Promise<Kept>): Promise<Kept> {
  for (let tries = 0; tries < keepTries; tries++) {
    const before = document.graph()
    const kept = await keep()
    if (!sameJson(document.graph(), before)) continue
    become(document, wanted)
    return kept
  }
  throw new KeptChanging()
}

export class KeptChanging extends Error {
  constructor() {
    super('Others keep changing the graph, so what it is can’t be kept. Try again when they pause.')
  }
}

const keepTries = 3

/** What the graph was is kept under this label before it becomes one of its versions. */
export const labelBefore = (label: string) => `${before}${label}`.slice(0, longestLabel)

/** Which version was gone back to, by the label of what was kept before; undefined where it was kept for another reason. */
export const labelAfter = (label: string) => (label.startsWith(before) ? label.slice(before.length) : undefined)

const before = 'Before going back to '

/** What the server takes. */
const longestLabel = 200

function becomeNode(document: GraphDocument, have: Node, wanted: Node | undefined): void {
  if (wanted === undefined) return
  document.updateNode(have.id, pick(emptied(have, wanted), (key) => key !== 'id' && key !== 'params'))
  for (const [key, value] of Object.entries(emptied(have.params, wanted.params))) document.setParam(have.id, key, value)
}

function becomeEdge(document: GraphDocument, have: Edge, wanted: Edge | undefined): void {
  if (wanted !== undefined) document.updateEdge(have.id, emptied(have, wanted))
}

function becomeValues(shared: Y.Map<unknown>, wanted: Record<string, unknown>, may: (key: string) => boolean): void {
  const have = shared.toJSON()
  for (const [key, value] of Object.entries(emptied(have, wanted))) {
    if (value === undefined) shared.delete(key)
    else if (may(key) && !sameJson(have[key], value)) shared.set(key, value)
  }
}

const gone = (have: object, wanted: object) => Object.keys(have).filter((id) => !(id in wanted))

const hasEnds = (document: GraphDocument, { source, target }: Edge) => document.nodes.has(source) && document.nodes.has(target)

/** What is wanted, and for what is there and not wanted `undefined`, which takes it away. */
const emptied = <T extends object>(have: object, wanted: T): T =>
  ({ ...Object.fromEntries(Object.keys(have).map((key) => [key, undefined])), ...wanted })

const pick = (fields: Node | Edge | Meta, wanted: (key: string) => boolean) =>
  Object.fromEntries(Object.entries(fields).filter(([key]) => wanted(key)))
