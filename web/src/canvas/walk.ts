/** Walking the graph by keyboard: to the next node along an edge, to the one above or below, or from edge to edge. Pure. */
import type { Step } from '@/document/camera'
import { middleOf } from './geometry'
import { inReadingOrder } from './readingOrder'
import type { Scene, SceneNode } from './scene'

/** The node or edge a step leads to from `from`; from nowhere it leads to the first node, or edge, of the graph. */
export function walk(scene: Scene, from: string | undefined, step: Step): string | undefined {
  if (step === 'edge') return nextEdge(scene, from)
  const edge = scene.edges.find(({ id }) => id === from)
  if (edge !== undefined) return step === 'forward' || step === 'down' ? edge.target : edge.source
  const here = from === undefined ? undefined : scene.nodes.get(from)
  if (here === undefined) return inReadingOrder(scene)[0]?.node.id
  if (step === 'forward') return nearest(here, neighbours(scene, here, 'source', 'target'))
  if (step === 'back') return nearest(here, neighbours(scene, here, 'target', 'source'))
  return nearest(here, beside(scene, here, step === 'up' ? -1 : 1))
}

/** In reading order of where edges begin, and round; from a node to the first that leaves it, or else comes to it. */
function nextEdge(scene: Scene, from: string | undefined): string | undefined {
  const places = new Map(inReadingOrder(scene).map(({ node }, at) => [node.id, at]))
  const place = (id: string) => places.get(id) ?? 0
  const edges = [...scene.edges].sort((a, b) => place(a.source) - place(b.source) || place(a.target) - place(b.target))
  const at = edges.findIndex(({ id }) => id === from)
  if (at >= 0) return edges[(at + 1) % edges.length]?.id
  return (edges.find(({ source }) => source === from) ?? edges.find(({ target }) => target === from) ?? edges[0])?.id
}

function neighbours(scene: Scene, here: SceneNode, near: 'source' | 'target', far: 'source' | 'target'): SceneNode[] {
  const ids = new Set(scene.edges.filter((edge) => edge[near] === here.node.id).map((edge) => edge[far]))
  ids.delete(here.node.id)
  return [...ids].flatMap((id) => scene.nodes.get(id) ?? [])
}

function beside(scene: Scene, here: SceneNode, direction: 1 | -1): SceneNode[] {
  const [, y] = middleOf(here.box)
  return [...scene.nodes.values()].filter(
    (other) => other.node.id !== here.node.id && (middleOf(other.box)[1] - y) * direction > 0,
  )
}

/** The closest; sideways distance counts double, so that up and down stay in a column. */
function nearest(here: SceneNode, others: readonly SceneNode[]): string | undefined {
  const [x, y] = middleOf(here.box)
  const far = (other: SceneNode) => {
    const [otherX, otherY] = middleOf(other.box)
    return 2 * Math.abs(otherX - x) + Math.abs(otherY - y)
  }
  return [...others].sort((a, b) => far(a) - far(b))[0]?.node.id
}
