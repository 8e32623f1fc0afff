/**
 * A selection as text that travels: between graphs, browsers and people, as JSON on the ordinary clipboard. Pasting makes
 * new ids, keeps the edges between what was copied, and puts everything where it is wanted, as one gesture.
 */
import type { GraphDocument, Position } from './graphDocument'
import { sideOf } from './groupPorts'
import { newId } from './ids'
import type { Edge, Node } from './schema.gen'
import { isWritable } from './writable'

interface Clip {
  flowroom: 'selection'
  version: 1
  nodes: Node[]
  edges: Edge[]
}

const mostPasted = 5000

/**
 * The selected nodes with what they contain, and every edge between them; undefined if there is no such node. The ends of
 * a group stand for its ports, and go nowhere without it.
 */
export function copySelection(
  graph: { nodes: readonly Node[]; edges: readonly Edge[] },
  selected: ReadonlySet<string>,
): string | undefined {
  const taken = new Set(graph.nodes.filter((node) => selected.has(node.id)).map((node) => node.id))
  for (let before = -1; before !== taken.size; ) {
    before = taken.size
    for (const node of graph.nodes) if (node.parent !== null && taken.has(node.parent)) taken.add(node.id)
  }
  const nodes = graph.nodes.filter((node) => taken.has(node.id) && (sideOf(node) === undefined || node.parent === null || taken.has(node.parent)))
  if (nodes.length === 0) return undefined
  const edges = graph.edges.filter((edge) => taken.has(edge.source) && taken.has(edge.target))
  const clip: Clip = { flowroom: 'selection', version: 1, nodes, edges }
  return JSON.stringify(clip)
}

/**
 * Put a copied selection into a graph, moved by `offset`; returns the new nodes' ids, none if the text is no selection.
 * What comes without its container goes into the one that `homeOf` names, or to the top level.
 */
export function pasteSelection(
  document: GraphDocument,
  text: string,
  offset: Position,
  homeOf: (node: Node) => string | null = () => null,
): string[] {
  return [...pasteCopies(document, text, offset, homeOf).values()]
}

/** The same; returns each new node's id by that of the node it is a copy of. */
export function pasteCopies(
  document: GraphDocument,
  text: string,
  offset: Position,
  homeOf: (node: Node) => string | null,
): ReadonlyMap<string, string> {
  const clip = readClip(text)
  if (clip === undefined) return new Map()
  const ids = new Map(clip.nodes.map((node) => [node.id, newId()]))
  const known = (id: string | null) => (id === null ? undefined : ids.get(id))
  let order = document.nextOrder()
  return document.gesture(() => {
    for (const { id: old, ...node } of clip.nodes) {
      const along = known(node.parent)
      const pos: Position = along === undefined ? [node.pos[0] + offset[0], node.pos[1] + offset[1]] : node.pos
      document.addNode(node.type, { ...node, id: ids.get(old), parent: along ?? homeOf({ ...node, id: old }), pos })
    }
    for (const edge of clip.edges) {
      const { id: _, ...kept } = edge
      const [source, target] = [known(edge.source), known(edge.target)]
      if (source !== undefined && target !== undefined) document.connect({ ...kept, source, target, order: order++ })
    }
    return ids
  })
}

/** The top left corner of what a text would paste, and the nodes that it was copied from. */
export function clipPlace(text: string): { corner: Position; copied: ReadonlySet<string> } | undefined {
  const nodes = readClip(text)?.nodes ?? []
  const copied = new Set(nodes.map((node) => node.id))
  const tops = nodes.filter((node) => node.parent === null || !copied.has(node.parent))
  if (tops.length === 0) return undefined
  return { corner: [Math.min(...tops.map((node) => node.pos[0])), Math.min(...tops.map((node) => node.pos[1]))], copied }
}

function readClip(text: string): Clip | undefined {
  if (!text.startsWith('{"flowroom":"selection"')) return undefined
  try {
    const clip = JSON.parse(text) as Partial<Clip>
    if (!Array.isArray(clip.nodes) || !Array.isArray(clip.edges) || clip.nodes.length > mostPasted) return undefined
    const [nodes, edges] = [clip.nodes.filter(isNode), clip.edges.filter(isEdge)]
    const fields = [...nodes, ...edges].flatMap(({ params, ...rest }: Partial<Node>) => [...Object.values(rest), ...Object.values(params ?? {})])
    return fields.every(isWritable) ? { flowroom: 'selection', version: 1, nodes, edges } : undefined
  } catch {
    return undefined // Text that only looks like a selection is pasted as nothing.
  }
}

function isNode(value: unknown): value is Node {
  const node = value as Partial<Node> | null
  return (
    typeof node?.id === 'string' &&
    typeof node.type === 'string' &&
    node.type !== '' &&
    Array.isArray(node.pos) &&
    node.pos.length === 2 &&
    node.pos.every((each) => Number.isFinite(each))
  )
}

function isEdge(value: unknown): value is Edge {
  const edge = value as Partial<Edge> | null
  return typeof edge?.id === 'string' && typeof edge.source === 'string' && typeof edge.target === 'string'
}
