/** Where things are on the canvas: sizes of cards, places of their ports, bounds of a graph. Pure. */
import { sideOf } from '@/document/groupPorts'
import type { Node, NodeType, Port } from '@/document/schema.gen'

export const gridSize = 8
export const headerHeight = 48
export const portRowHeight = 24
export const handleSize = 12

/** Containers leave this much room around what they hold; the top also holds their header. */
const framePadding = { top: 56, side: 24, bottom: 24 }
const emptyFrame = { width: 320, height: 200 }

export interface Size {
  width: number
  height: number
}

export interface Box extends Size {
  x: number
  y: number
}

export interface CardPorts {
  inputs: readonly Port[]
  outputs: readonly Port[]
}

const widths: Record<string, number> = { chat: 304, log: 288, text: 288 }
const bodyHeights: Record<string, number> = { chat: 176, log: 148, text: 96 }

/** Room for two lines of what comes out; what writes has its model above them. */
const leastBody = (type: NodeType | undefined) => (type?.body === 'text' ? 92 : 64)

/** The ends of a group are as short as the name of a port. */
const endWidth = 168

export const cardWidth = (node: Node, type: NodeType | undefined) =>
  node.size?.[0] ?? (sideOf(node) ? endWidth : (widths[type?.body ?? ''] ?? 256))

/** The height of a card that has a size of its own: more than that when its ports would leave no room to read. */
export const ownHeight = (node: Node, type: NodeType | undefined, ports: CardPorts) =>
  node.size === null ? undefined : Math.max(node.size[1], headerHeight + portsHeight(ports) + leastBody(type))

/** The size a card has before it was measured; exact in width, a guess in height. */
export function cardSize(node: Node, type: NodeType | undefined, ports: CardPorts): Size {
  const body = bodyHeights[type?.body ?? ''] ?? 24
  return {
    width: cardWidth(node, type),
    height: ownHeight(node, type, ports) ?? headerHeight + portsHeight(ports) + body,
  }
}

/** One port on a side needs no label: it sits at the header. More of them get a row each. */
export const portRows = ({ inputs, outputs }: CardPorts) =>
  inputs.length > 1 || outputs.length > 1 ? Math.max(inputs.length, outputs.length) : 0

const portsHeight = (ports: CardPorts) => (portRows(ports) > 0 ? portRows(ports) * portRowHeight + 4 : 0)

/** The middle of a port, measured from the top of its card. */
export const portY = (ports: CardPorts, at: number) =>
  portRows(ports) === 0 ? headerHeight / 2 : headerHeight + at * portRowHeight + portRowHeight / 2

/** The size of a container: its own, or what holds its contents. */
export function frameSize(node: Node, contents: readonly Box[]): Size {
  if (node.size !== null) return { width: node.size[0], height: node.size[1] }
  if (contents.length === 0) return emptyFrame
  const right = Math.max(...contents.map((box) => box.x + box.width))
  const bottom = Math.max(...contents.map((box) => box.y + box.height))
  return {
    width: Math.max(emptyFrame.width, right + framePadding.side),
    height: Math.max(emptyFrame.height, bottom + framePadding.bottom),
  }
}

export function boundsOf(boxes: Iterable<Box>): Box | undefined {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const box of boxes) {
    left = Math.min(left, box.x)
    top = Math.min(top, box.y)
    right = Math.max(right, box.x + box.width)
    bottom = Math.max(bottom, box.y + box.height)
  }
  return left === Infinity ? undefined : { x: left, y: top, width: right - left, height: bottom - top }
}

export const overlap = (a: Box, b: Box) =>
  a.x <= b.x + b.width && b.x <= a.x + a.width && a.y <= b.y + b.height && b.y <= a.y + a.height

export const middleOf = (box: Box): [number, number] => [box.x + box.width / 2, box.y + box.height / 2]

export interface View {
  x: number
  y: number
  zoom: number
}

/** The view that shows a box in the middle of a window, no closer than `closest`. */
export function viewOf(box: Box, window: Size, { margin = 48, closest = 1, farthest = 0.02 } = {}): View {
  const room = { width: Math.max(1, window.width - 2 * margin), height: Math.max(1, window.height - 2 * margin) }
  const zoom = Math.max(farthest, Math.min(closest, room.width / box.width, room.height / box.height))
  const [x, y] = middleOf(box)
  return { x: window.width / 2 - x * zoom, y: window.height / 2 - y * zoom, zoom }
}

export const snapped = ([x, y]: readonly [number, number]): [number, number] => [
  Math.round(x / gridSize) * gridSize,
  Math.round(y / gridSize) * gridSize,
]

/** What an edge needs to be drawn; `below` is the height under both its cards, where it passes when it runs backwards. */
export interface Curve {
  x1: number
  y1: number
  x2: number
  y2: number
  below: number
}

export type Bezier = readonly [cx1: number, cy1: number, cx2: number, cy2: number, x: number, y: number]

/** Whether an edge has no room to arrive from the left. */
export const runsBack = ({ x1, x2 }: Curve) => x2 < x1 + 8

/** An edge leaves to the right and arrives from the left; one that runs backwards goes round below both its cards. */
export function edgeCurve(curve: Curve): Bezier[] {
  const { x1, y1, x2, y2, below } = curve
  if (!runsBack(curve)) {
    const reach = Math.max(28, (x2 - x1) / 2)
    return [[x1 + reach, y1, x2 - reach, y2, x2, y2]]
  }
  const bow = 56
  // The straight part on the way back; none when the ends stand above each other.
  const corner = Math.min(8, (x1 - x2) / 2)
  const [from, to, middle] = [x1 - corner, x2 + corner, (x1 + x2) / 2]
  return [
    [x1 + bow, y1, x1 + bow, below, from, below],
    [middle, below, middle, below, to, below],
    [x2 - bow, below, x2 - bow, y2, x2, y2],
  ]
}

/** The middle of an edge, where its label stands. */
export function edgeMiddle(curve: Curve): [number, number] {
  const { x1, y1, x2, y2, below } = curve
  return [(x1 + x2) / 2, runsBack(curve) ? below : (y1 + y2) / 2]
}

/** So long, in canvas units, an edge has to be for each time that what stands at its middle is drawn larger. */
const roomAround = 14

/**
 * How much larger what stands at an edge's middle is drawn when one sees it from afar, so that a hand still meets it: in
 * steps, so that zooming draws few of them anew, and never so large that it would cover a short edge.
 */
export function middleScale({ x1, y1, x2, y2 }: Curve, zoom: number): number {
  const wanted = 2 ** (Math.ceil(2 * Math.log2(1 / Math.min(1, zoom))) / 2)
  return Math.max(1, Math.min(wanted, Math.hypot(x2 - x1, y2 - y1) / roomAround))
}

/** Between two cards side by side a label has the room that they leave, in canvas units. */
const sideBySide = 160
const leastLabel = 40
const mostLabel = 200
const labelHeight = 20

/**
 * How wide the label of an edge may be. An edge goes from the outside of a port to that of another: on a level one they stand
 * beside the label, on others above and below it, and it reaches to the cards.
 */
export function roomForLabel(curve: Curve): number {
  const { x1, y1, x2, y2 } = curve
  const rise = Math.abs(y2 - y1)
  if (runsBack(curve) || rise > sideBySide) return mostLabel
  const ports = rise < labelHeight + handleSize ? 0 : handleSize
  return Math.min(mostLabel, Math.max(leastLabel, x2 - x1 + ports))
}
