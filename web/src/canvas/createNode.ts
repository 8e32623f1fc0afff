import { clearHeader } from '@/document/groupPorts'
import type { OpenGraph } from '@/document/openGraph'
import { isProse } from '@/document/records'
import { type Box, cardSize, frameSize, snapped } from './geometry'
import { layOut, type SceneNode } from './scene'

/** The least room between a new node and its neighbours, and the steps in which a free place is looked for. */
const gap = 24
const step = 64
const maxRings = 40

/** Put a new node where people look, beside what is there already, and select it. */
export function createNodeInView(graph: OpenGraph, typeName: string): string {
  const [x, y] = graph.camera.centre()
  const { width, height } = sizeOf(graph, typeName, null)
  return createNode(graph, typeName, freeMiddle(graph, { x: x - width / 2, y: y - height / 2, width, height }))
}

/**
 * Put a new node of a type with its middle or its corner at a place in canvas units, into a container if one is given,
 * and select it.
 * Prose parameters are made at once, empty, so that two people who start to write in one never make two texts of which one is lost.
 */
export function createNode(
  graph: OpenGraph,
  typeName: string,
  place: readonly [number, number] | { left: number; top: number },
  container?: SceneNode,
): string {
  const type = graph.types.get(typeName)
  const size = sizeOf(graph, typeName, null)
  const corner = 'left' in place ? place : { left: place[0] - size.width / 2, top: place[1] - size.height / 2 }
  const [left, top] = [corner.left - (container?.box.x ?? 0), corner.top - (container?.box.y ?? 0)]
  const pos = snapped(container ? [Math.max(gap, left), Math.max(gap, top)] : [left, top])
  const parent = container?.node.id ?? null
  const fields = { pos, parent, typeVersion: type?.version ?? 1, params: proseOf(type?.params) }
  const id = graph.document.gesture(() => {
    const made = graph.document.addNode(typeName, fields)
    if (parent !== null) clearHeader(graph.document, parent)
    return made
  })
  graph.selection.set([id])
  return id
}

/** The empty texts of a type's prose parameters; those that may be absent stay absent. */
function proseOf(schema: Record<string, unknown> | undefined): Record<string, string> {
  const properties = (schema?.['properties'] ?? {}) as Record<string, { type?: unknown; default?: unknown }>
  return Object.fromEntries(
    Object.entries(properties).flatMap(([key, { type, default: fallback }]) =>
      isProse(key) && type === 'string' ? [[key, typeof fallback === 'string' ? fallback : '']] : [],
    ),
  )
}

/** The middle of the free place nearest to a wanted one, looked for in widening rings. */
function freeMiddle(graph: OpenGraph, wanted: Box): [number, number] {
  const { nodes, edges } = graph.store
  const taken = [...layOut(nodes, edges, graph.types).nodes.values()].filter(({ depth }) => depth === 0).map(({ box }) => box)
  const middle = (dx: number, dy: number): [number, number] => [
    wanted.x + dx + wanted.width / 2,
    wanted.y + dy + wanted.height / 2,
  ]
  for (let ring = 0; ring <= maxRings; ring++) {
    for (const [dx, dy] of ringOf(ring)) {
      const place = { ...wanted, x: wanted.x + dx * step, y: wanted.y + dy * step }
      if (!taken.some((box) => areClose(box, place))) return middle(dx * step, dy * step)
    }
  }
  return middle(gap, gap)
}

/** The steps of one ring around the middle, nearest first. */
function ringOf(ring: number): [number, number][] {
  const steps: [number, number][] = []
  for (let dx = -ring; dx <= ring; dx++) {
    for (let dy = -ring; dy <= ring; dy++) if (Math.max(Math.abs(dx), Math.abs(dy)) === ring) steps.push([dx, dy])
  }
  return steps.sort(([ax, ay], [bx, by]) => Math.hypot(ax, ay) - Math.hypot(bx, by) || by - ay || bx - ax)
}

const areClose = (a: Box, b: Box) =>
  a.x < b.x + b.width + gap && b.x < a.x + a.width + gap && a.y < b.y + b.height + gap && b.y < a.y + a.height + gap

/** The size a card or an empty container of a type has before it was measured. */
export function sizeOf(graph: OpenGraph, typeName: string, size: readonly [number, number] | null = null) {
  const type = graph.types.get(typeName)
  const node = { id: '', size } as Parameters<typeof cardSize>[0]
  if (type?.container === true) return frameSize(node, [])
  return cardSize(node, type, { inputs: type?.inputs ?? [], outputs: type?.outputs ?? [] })
}
