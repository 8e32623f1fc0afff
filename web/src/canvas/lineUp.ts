/** How far boxes have to go to lie on one line with each other, or with equal gaps between them. Pure. */
import { type Box, boundsOf } from './geometry'

/** Along which axis boxes move, and what of them then is the same: where they begin, their middles, where they end, or the gaps. */
export type Line = readonly [axis: 'x' | 'y', what: 'start' | 'middle' | 'end' | 'gaps']

const extents = { x: 'width', y: 'height' } as const
const parts = { start: 0, middle: 0.5, end: 1 } as const

/** For each box how far it goes along the axis, none beyond the bounds of them all. Gaps are negative where boxes overlap. */
export function lineUp(boxes: readonly Box[], [axis, what]: Line): number[] {
  const bounds = boundsOf(boxes)
  if (bounds === undefined) return []
  const extent = extents[axis]
  if (what === 'gaps') return spread(boxes, axis, bounds[extent])
  const part = parts[what]
  return boxes.map((box) => bounds[axis] + bounds[extent] * part - box[axis] - box[extent] * part)
}

/** In the order of their middles, so that no two change places. */
function spread(boxes: readonly Box[], axis: 'x' | 'y', whole: number): number[] {
  const extent = extents[axis]
  const ordered = [...boxes].sort((a, b) => a[axis] + a[extent] / 2 - b[axis] - b[extent] / 2)
  const gap = (whole - ordered.reduce((sum, box) => sum + box[extent], 0)) / (boxes.length - 1)
  let at = Math.min(...boxes.map((box) => box[axis]))
  const places = new Map<Box, number>()
  for (const box of ordered) {
    places.set(box, at)
    at += box[extent] + gap
  }
  return boxes.map((box) => (places.get(box) ?? box[axis]) - box[axis])
}
