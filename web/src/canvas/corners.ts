/** What lies over the canvas in its lower corners, and how to keep clear of it: a view, and the toasts. Pure. */
import { type Box, boundsOf, overlap, type Size, type View, viewOf } from './geometry'

/** The map of the graph, at the right. */
export const mapSize: Size = { width: 184, height: 120 }
/** The buttons to zoom, at the left. */
const barSize: Size = { width: 132, height: 36 }
const inset = 16
/** As MiniMap.module.css: a canvas so narrow or so low, as on a phone, shows no map. */
const narrow = 520
const low = 360
/** What gives way to them keeps this much from them, and what is nearer than half of it gives way. */
const apart = 12

const corners = ({ width, height }: Size): Box[] => [
  { ...barSize, x: inset, y: height - inset - barSize.height },
  ...(width > narrow && height > low ? [{ ...mapSize, x: width - inset - mapSize.width, y: height - inset - mapSize.height }] : []),
]

/** The closest view of all the boxes in which none of them lies under a corner; undefined of no box. */
export function clearView(boxes: readonly Box[], window: Size, options: { margin?: number; closest?: number } = {}): View | undefined {
  const box = boundsOf(boxes)
  if (box === undefined) return undefined
  // What is low or narrow has not that much to give.
  const margin = options.margin ?? Math.round(Math.min(48, window.width / 8, window.height / 8))
  const aside = mapSize.width + inset + apart - margin
  const above = mapSize.height + inset + apart - margin
  const near = apart / 2
  const covers = corners(window).map((each) => ({ x: each.x - near, y: each.y - near, width: each.width + 2 * near, height: each.height + 2 * near }))
  const isClear = ({ x, y, zoom }: View) =>
    !boxes.some((each) =>
      covers.some((cover) => overlap(cover, { x: each.x * zoom + x, y: each.y * zoom + y, width: each.width * zoom, height: each.height * zoom })),
    )
  const views = [[0, 0], [aside, 0], [0, above]].map(([right = 0, bottom = 0]) =>
    viewOf(box, { width: window.width - right, height: window.height - bottom }, { ...options, margin }),
  )
  const [whole] = views
  return views.filter(isClear).sort((a, b) => b.zoom - a.zoom)[0] ?? whole
}

/** A toast stands in the middle of the window, so far above its lower edge, and is at most so large with the air around it. */
const toast = { bottom: 20, width: 380 + 2 * inset, height: 96 }

/** How far above the lower edge of the window toasts stand, in pixels, so that none touches the map; the map as it lies in the window. */
export function bottomOfToasts(map: Box, window: Size): number {
  const place = { x: (window.width - toast.width) / 2, y: window.height - toast.bottom - toast.height, width: toast.width, height: toast.height }
  return map.width > 0 && overlap(place, map) ? window.height - map.y + inset : toast.bottom
}
