/** Walking the graph by keyboard: to the next node along an edge, or to the one above or below. Pure. */
import type { Step } from '@/document/camera'
import { middleOf } from './geometry'
import type { Scene, SceneNode } from './scene'

/** The node a step leads to from `from`; from nowhere it leads to the first node of the graph. */
export function walk(scene: Scene, from: string | undefined, step: Step): string | undefined {
  const here = from === undefined ? undefined : scene.nodes.get(from)
  if (here === undefined) return inReadingOrder(scene)[0]?.node.id
  if (step === 'forward') return nearest(here, neighbours(scene, here, 'source', 'target'))
  if (step === 'back') return nearest(here, neighbours(scene, here, 'target', 'source'))
  return nearest(here, beside(scene, here, step === 'up' ? -1 : 1))
}

/** Left to right, then top to bottom: the order in which the outline lists nodes. */
export function inReadingOrder(scene: Scene): SceneNode[] {
  return [...scene.nodes.values()].sort((a, b) => a.box.x - b.box.x || a.box.y - b.box.y)
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
