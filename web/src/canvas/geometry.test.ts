import { expect, it } from 'vitest'

import { middleScale, roomForLabel } from './geometry'

const edge = (length: number) => ({ x1: 0, y1: 0, x2: length, y2: 0, below: 80 })
const zooms = [1, 0.9, 0.7, 0.5, 0.35]

it('WEB-34: what stands at the middle of an edge keeps its size on screen however far one is', () => {
  for (const zoom of zooms) {
    const onScreen = middleScale(edge(200), zoom) * zoom
    expect(onScreen).toBeGreaterThanOrEqual(1)
    expect(onScreen).toBeLessThan(1.5)
  }
  expect(middleScale(edge(200), 2)).toBe(1)
})

it('WEB-34: it covers no short edge, and changes in few steps', () => {
  expect(middleScale(edge(12), 0.35)).toBe(1)
  expect(middleScale(edge(28), 0.35)).toBe(2)
  expect(middleScale(edge(200), 0.48)).toBe(middleScale(edge(200), 0.4))
})

it('WEB-39: a label has all the room between two cards, less their ports where they are beside it', () => {
  const rising = (by: number) => roomForLabel({ x1: 0, y1: 0, x2: 60, y2: by, below: 80 })
  expect(rising(0)).toBe(60)
  expect(rising(40)).toBe(72)
  expect(rising(200)).toBe(200)
})
