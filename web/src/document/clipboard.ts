/**
 * A selection as text that travels: between graphs, browsers and people, as JSON on the ordinary clipboard. Pasting makes
 * new ids, keeps the edges between what was copied, and puts everything where it is wanted, as one gesture.
 */
import type { GraphDocument, Position } from './graphDocument'
import { newId } from './ids'
import type { Edge, Node } from './schema.gen'

interface Clip {
  flowroom: 'selection'
  version: 1
  nodes: Node[]
  edges: Edge[]
}

const mostPasted = 5000

/** The selected nodes with what they contain, and every edge between them; undefined if no node is selected. */
export function copySelection(
  graph: { nodes: readonly Node[]; edges: readonly Edge[] },
  selected: ReadonlySet<string>,
): string | undefined {
  const taken = new Set(graph.nodes.filter((node) => selected.has(node.id)).map((node) => node.id))
  for (let before = -1; before !== taken.size; ) {
    before = taken.size
    for (const node of graph.nodes) if (node.parent !== null && taken.has(node.parent)) taken.add(node.id)
  }
  if (taken.size === 0) return undefined
  const nodes = graph.nodes.filter((node) => taken.has(node.id))
  const edges = graph.edges.filter((edge) => taken.has(edge.source) && taken.has(edge.target))
  const clip: Clip = { flowroom: 'selection', version: 1, nodes, edges }
  return JSON.stringify(clip)
}

/** Put a copied selection into a graph, moved by `offset`; returns the new nodes' ids, none if the text is no selection. */
export function pasteSelection(document: GraphDocument, text: string, offset: Position): string[] {
  const clip = readClip(text)
  if (clip === undefined) return []
  const ids = new Map(clip.nodes.map((node) => [node.id, newId()]))
  const known = (id: string | null) => (id === null ? undefined : ids.get(id))
  let order = document.nextOrder()
  return document.gesture(() => {
    for (const { id: old, ...node } of clip.nodes) {
      const parent = known(node.parent) ?? null
      const pos: Position = parent === null ? [node.pos[0] + offset[0], node.pos[1] + offset[1]] : node.pos
      document.addNode(node.type, { ...node, id: ids.get(old), parent, pos })
    }
    for (const edge of clip.edges) {
      const { id: _, ...kept } = edge
      const [source, target] = [known(edge.source), known(edge.target)]
      if (source !== undefined && target !== undefined) document.connect({ ...kept, source, target, order: order++ })
    }
    return [...ids.values()]
  })
}

/** The top left corner of what a text would paste. */
export function clipCorner(text: string): Position | undefined {
  const tops = readClip(text)?.nodes.filter((node) => node.parent === null)
  if (tops === undefined || tops.length === 0) return undefined
  return [Math.min(...tops.map((node) => node.pos[0])), Math.min(...tops.map((node) => node.pos[1]))]
}

function readClip(text: string): Clip | undefined {
  if (!text.startsWith('{"flowroom":"selection"')) return undefined
  try {
    const clip = JSON.parse(text) as Partial<Clip>
    if (!Array.isArray(clip.nodes) || !Array.isArray(clip.edges) || clip.nodes.length > mostPasted) return undefined
    const nodes = clip.nodes.filter(isNode)
    // A container whose own container was not copied along stands at the top level.
    const taken = new Set(nodes.map((node) => node.id))
    const placed = nodes.map((node) => (node.parent !== null && !taken.has(node.parent) ? { ...node, parent: null } : node))
    return { flowroom: 'selection', version: 1, nodes: placed, edges: clip.edges.filter(isEdge) }
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
