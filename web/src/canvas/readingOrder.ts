/**
 * The order in which one reads a graph: left to right, and from top to bottom what stands in one column; what is in a group
 * after the group. The outline, walking and Tab all keep to it. Pure.
 */
import type { Box } from './geometry'
import type { Scene, SceneNode } from './scene'

/** Cards are in one column though they don't stand quite straight below each other, in canvas units. */
const columnWidth = 32
const rowHeight = 16

const columnOf = ({ x }: Box) => Math.round(x / columnWidth)
const rowOf = ({ y }: Box) => Math.round(y / rowHeight)

export function inReadingOrder(scene: Scene): SceneNode[] {
  const inside = new Map<string | null, SceneNode[]>()
  for (const entry of scene.nodes.values()) {
    const holder = entry.depth === 0 ? null : entry.node.parent
    const siblings = inside.get(holder)
    if (siblings) siblings.push(entry)
    else inside.set(holder, [entry])
  }
  const read = (holder: string | null): SceneNode[] =>
    (inside.get(holder) ?? [])
      .sort(({ box: a }, { box: b }) => columnOf(a) - columnOf(b) || rowOf(a) - rowOf(b) || a.x - b.x || a.y - b.y)
      .flatMap((entry) => [entry, ...read(entry.node.id)])
  return read(null)
}
