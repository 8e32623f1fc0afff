/** Where threads stand on the canvas, and which of them are in view. Pure. */
import { pinKey } from '@/document/anchors'
import type { Anchor } from '@/document/discussion'
import type { Thread } from '@/document/schema.gen'
import { edgeMiddle, type View, type Size } from './geometry'
import { curveOf, type Scene } from './scene'

/** One mark on the canvas, for all threads about the same thing. */
export interface Pin {
  key: string
  /** In canvas units. */
  at: readonly [number, number]
  /** None while the first is about to begin. */
  threads: readonly Thread[]
}

/** A pin reaches this far from its place, in pixels. */
const reach = 48

/** The pins of these threads; those that lost what they were about have none. `open` has one before it has a thread. */
export function pinsOf(threads: readonly Thread[], scene: Scene, open?: Anchor): Pin[] {
  const byKey = new Map<string, { anchor: Anchor; threads: Thread[] }>()
  const place = (anchor: Anchor) => {
    const key = pinKey(anchor)
    if (key === undefined) return undefined
    const found = byKey.get(key) ?? { anchor, threads: [] }
    byKey.set(key, found)
    return found
  }
  for (const thread of threads) place(thread.anchor)?.threads.push(thread)
  if (open !== undefined) place(open)
  const edges = needsEdges(byKey.values()) ? new Map(scene.edges.map((edge) => [edge.id, edge])) : undefined
  return [...byKey].flatMap(([key, { anchor, threads }]) => {
    const at = placeOf(anchor, scene, (id) => edges?.get(id))
    return at === undefined ? [] : [{ key, at, threads }]
  })
}

/** The keys of the pins that can be seen in a window, and of the one that is open, which a window hangs on. */
export function pinsInView(pins: readonly Pin[], view: View, window: Size, open?: string): string[] {
  const sees = ({ at: [x, y] }: Pin) => {
    const [left, top] = [x * view.zoom + view.x, y * view.zoom + view.y]
    return left > -reach && top > -reach && left < window.width + reach && top < window.height + reach
  }
  return pins.filter((pin) => pin.key === open || sees(pin)).map((pin) => pin.key)
}

function placeOf(anchor: Anchor, scene: Scene, edgeOf: (id: string) => Scene['edges'][number] | undefined): readonly [number, number] | undefined {
  switch (anchor.type) {
    case 'node':
    case 'field': {
      const box = scene.nodes.get(anchor.node)?.box
      return box && [box.x + box.width - 4, box.y + 2]
    }
    case 'edge': {
      const edge = edgeOf(anchor.edge)
      const curve = edge && curveOf(scene, edge)
      if (curve === undefined) return undefined
      const [x, y] = edgeMiddle(curve)
      // Above the label that stands there.
      return [x, y - 10]
    }
    case 'canvas':
      return anchor.at
    default:
      return undefined
  }
}

function needsEdges(places: Iterable<{ anchor: Anchor }>): boolean {
  for (const { anchor } of places) if (anchor.type === 'edge') return true
  return false
}
