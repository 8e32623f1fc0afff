/**
 * What threads are about, by name. A key says of two threads whether they are about the same thing; on the canvas, a
 * thread about a field of a node stands at its node.
 */
import type { Anchor } from './discussion'
import type { Thread } from './schema.gen'

/** What a thread may be begun about: everything but what a newer Flowroom wrote. */
export type WritableAnchor = Exclude<Anchor, { type: 'unknown' }>

export function anchorKey(anchor: Anchor): string {
  switch (anchor.type) {
    case 'node':
      return `node:${anchor.node}`
    case 'edge':
      return `edge:${anchor.edge}`
    case 'field':
      return `field:${anchor.node}:${anchor.param}`
    case 'canvas':
      return `canvas:${anchor.at.join()}`
    case 'runEvent':
      return `event:${anchor.run}:${String(anchor.seq)}`
    case 'unknown':
      return 'unknown'
  }
}

/** Where a thread stands on the canvas, as a key; undefined for what has no place there. */
export function pinKey(anchor: Anchor): string | undefined {
  if (anchor.type === 'field') return `node:${anchor.node}`
  return anchor.type === 'runEvent' || anchor.type === 'unknown' ? undefined : anchorKey(anchor)
}

/** Whether a thread is found at a key: at what it is about, or at its place on the canvas. */
export const isAt = ({ anchor }: Thread, key: string) => anchorKey(anchor) === key || pinKey(anchor) === key
