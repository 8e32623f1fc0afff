/**
 * The order in which one reads a graph: left to right, and from top to bottom what stands in one column; what is in a group
 * after the group. The outline, walking and Tab all keep to it. Pure.
 */
import type { Box } from './geometry'
import type { Scene, SceneNode } from './scene'

/** Cards are in one column though they don't stand quite straight below each other, in canvas units. */
const columnWidth = 32
const rowHeight = 16
const mostColumns = 2 ** 14
const mostRows = 2 ** 15

/** One number for a place, which fits CSS: of two it is less for the one that is read first. */
export function placeInOrder({ x, y }: Pick<Box, 'x' | 'y'>): number {
  const column = within(Math.round(x / columnWidth), mostColumns)
  const row = within(Math.round(y / rowHeight), mostRows)
  return column * 2 * mostRows + row
}

const within = (value: number, most: number) => Math.min(most - 1, Math.max(-most, value))

/** The group that a node is in, or the one around that, and so on to the outermost; or the node itself. */
export function outermost(entry: SceneNode, scene: Scene): SceneNode {
  const holder = entry.depth === 0 ? undefined : scene.nodes.get(entry.node.parent ?? '')
  return holder === undefined ? entry : outermost(holder, scene)
}

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
      .sort((a, b) => placeInOrder(a.box) - placeInOrder(b.box) || a.box.x - b.box.x || a.box.y - b.box.y)
      .flatMap((entry) => [entry, ...read(entry.node.id)])
  return read(null)
}
