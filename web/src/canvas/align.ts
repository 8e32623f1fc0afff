/** What something dragged is aligned with: edges lie on edges, and middles on middles. Pure. */
import { type Box, boundsOf } from './geometry'

/** A line through what is aligned, in canvas units. */
export interface Guide {
  x1: number
  y1: number
  x2: number
  y2: number
}

/** How far to move a box along each axis; undefined where nothing is in reach. */
export type Shift = [x: number | undefined, y: number | undefined]

type Axis = 'x' | 'y'
const extents = { x: 'width', y: 'height' } as const
/** Which lines of a box lie on which of another: 0 is where it begins, 1 its middle, 2 where it ends. */
const pairs = [
  [0, 0],
  [0, 2],
  [2, 0],
  [2, 2],
  [1, 1],
] as const

const lineOf = (box: Box, axis: Axis, line: 0 | 1 | 2) => box[axis] + (box[extents[axis]] * line) / 2

/** The shortest way to the nearest alignment with any of the others. */
export function shiftTo(box: Box, others: readonly Box[], reach: number): Shift {
  const along = (axis: Axis) => {
    let found: number | undefined
    for (const other of others) {
      for (const [own, its] of pairs) {
        const by = lineOf(other, axis, its) - lineOf(box, axis, own)
        if (Math.abs(by) <= (found === undefined ? reach : Math.abs(found) - 0.01)) found = by
      }
    }
    return found
  }
  return [along('x'), along('y')]
}

/** The lines on which a box and others lie just now; a middle only where no edge does. */
export function guidesOf(box: Box, others: readonly Box[]): Guide[] {
  return (['x', 'y'] as const).flatMap((axis) => {
    const on = (line: 0 | 1 | 2) => guideOn(box, others, axis, line)
    const edges = [on(0), on(2)].filter((guide) => guide !== undefined)
    return edges.length > 0 ? edges : [on(1) ?? []].flat()
  })
}

function guideOn(box: Box, others: readonly Box[], axis: Axis, line: 0 | 1 | 2): Guide | undefined {
  const at = lineOf(box, axis, line)
  // What is written are whole numbers, and a middle may lie between two.
  const meets = (other: Box) => pairs.some(([own, its]) => own === line && Math.abs(lineOf(other, axis, its) - at) <= 0.5)
  const met = others.filter(meets)
  const around = boundsOf([box, ...met])
  if (met.length === 0 || around === undefined) return undefined
  const { x, y, width, height } = around
  return axis === 'x' ? { x1: at, y1: y, x2: at, y2: y + height } : { x1: x, y1: at, x2: x + width, y2: at }
}
