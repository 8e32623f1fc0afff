/**
 * Where the nodes are that others are dragging just now. A drag travels as presence, its end as one write: a node keeps
 * the last place it was seen at until that write is here, so that it never jumps back and forth between the two.
 */
import type { Drag, Node } from '@/document/schema.gen'

type Place = readonly [number, number]

interface Held {
  /** The node's place in the document when the drag was first seen. */
  base: Place
  at: Place
  /** When the drag ended, in milliseconds; undefined while it goes on. */
  ended: number | undefined
}

const holdMs = 400

export class PeerDrags {
  private held = new Map<string, Held>()

  /** Take in who drags what now; says whether any place changed. */
  update(drags: readonly Drag[], nodeOf: (id: string) => Node | undefined, now: number): boolean {
    const next = new Map<string, Held>()
    for (const { ids, by } of drags) {
      for (const id of ids) {
        const node = nodeOf(id)
        if (node === undefined) continue
        const base = this.held.get(id)?.base ?? node.pos
        if (samePlace(base, node.pos)) next.set(id, { base, at: [base[0] + by[0], base[1] + by[1]], ended: undefined })
      }
    }
    for (const [id, held] of this.held) {
      const ended = held.ended ?? now
      const node = nodeOf(id)
      if (next.has(id) || node === undefined || !samePlace(held.base, node.pos) || now - ended > holdMs) continue
      next.set(id, { ...held, ended })
    }
    const changed =
      next.size !== this.held.size ||
      [...next].some(([id, { at }]) => !samePlace(at, this.held.get(id)?.at ?? [Infinity, Infinity]))
    this.held = next
    return changed
  }

  get places(): ReadonlyMap<string, Place> {
    return new Map([...this.held].map(([id, { at }]) => [id, at]))
  }

  /** Whether a finished drag still waits for its write. */
  get waiting(): boolean {
    return [...this.held.values()].some((each) => each.ended !== undefined)
  }
}

const samePlace = (a: Place, b: Place) => a[0] === b[0] && a[1] === b[1]
