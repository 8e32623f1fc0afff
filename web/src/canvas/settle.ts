/** Where something dragged comes to lie: on a line with what is near it, or on the grid. Pure. */
import type { Position } from '@/document/graphDocument'
import { type Box, gridSize, overlap } from './geometry'
import type * as Align from './align'
import type { Scene } from './scene'

/**
 * The keys that are held while one drags: Shift keeps to one axis, Alt leaves what is dragged and drops a copy, Ctrl or
 * Command keeps to no line and no grid.
 */
export type Held = Pick<MouseEvent, 'shiftKey' | 'altKey' | 'ctrlKey' | 'metaKey'>

export interface Settled {
  by: Position
  guides: readonly Align.Guide[]
}

/** How far a box goes that was pulled so far, and what it then lies on a line with; without `align`, on none. */
export function settle(box: Box, pulled: Position, held: Held, others: readonly Box[], reach: number, align: typeof Align | undefined): Settled {
  const still = held.shiftKey ? (Math.abs(pulled[0]) < Math.abs(pulled[1]) ? 0 : 1) : undefined
  const free = held.ctrlKey || held.metaKey
  const shift = free ? [0, 0] : (align?.shiftTo(movedBy(box, pulled), others, reach) ?? [])
  const along = (axis: 0 | 1) => {
    const [from, by] = [axis === 0 ? box.x : box.y, shift[axis]]
    if (axis === still) return 0
    return by === undefined ? toGrid(from + pulled[axis]) - from : Math.round(pulled[axis] + by)
  }
  const by: Position = [along(0), along(1)]
  return { by, guides: free ? [] : (align?.guidesOf(movedBy(box, by), others) ?? []) }
}

/** What is in view on the same level, but for what is dragged. */
export function neighbours({ nodes }: Scene, level: string | null, dragged: ReadonlyMap<string, unknown>, seen: Box): Box[] {
  return [...nodes.values()].filter(({ node, box }) => node.parent === level && !dragged.has(node.id) && overlap(box, seen)).map(({ box }) => box)
}

const toGrid = (at: number) => Math.round(at / gridSize) * gridSize

const movedBy = (box: Box, [x, y]: Position): Box => ({ ...box, x: box.x + x, y: box.y + y })
