import { describe, expect, it } from 'vitest'
import type { Node } from '@/document/schema.gen'
import { PeerDrags } from './peerDrags'

const at = (x: number, y: number) => () => ({ pos: [x, y] }) as unknown as Node
const drag = (x: number, y: number) => [{ ids: ['a'], by: [x, y] as [number, number] }]

describe('a drag of someone else', () => {
  it('is seen as it goes and stays where it ended until its write is here', () => {
    const drags = new PeerDrags()
    expect(drags.update(drag(10, 0), at(100, 100), 0)).toBe(true)
    expect(drags.places.get('a')).toEqual([110, 100])
    drags.update([], at(100, 100), 20)
    expect(drags.places.get('a')).toEqual([110, 100])
    drags.update([], at(110, 100), 40)
    expect(drags.places.size).toBe(0)
  })

  it('is not counted twice when the write comes before the end of the drag', () => {
    const drags = new PeerDrags()
    drags.update(drag(10, 0), at(100, 100), 0)
    drags.update(drag(10, 0), at(110, 100), 20)
    expect(drags.places.get('a')).toBeUndefined()
  })

  it('is let go after a moment when no write ever comes', () => {
    const drags = new PeerDrags()
    drags.update(drag(10, 0), at(100, 100), 0)
    drags.update([], at(100, 100), 20)
    expect(drags.waiting).toBe(true)
    drags.update([], at(100, 100), 1000)
    expect(drags.places.size).toBe(0)
  })
})
