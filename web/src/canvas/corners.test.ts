import { describe, expect, it } from 'vitest'
import { bottomOfToasts, clearView, mapSize } from './corners'
import type { Box, View } from './geometry'

const window = { width: 870, height: 850 }
const map: Box = { ...mapSize, x: 870 - 200, y: 850 - 136 }

const drawn = (box: Box, { x, y, zoom }: View): Box => ({ x: box.x * zoom + x, y: box.y * zoom + y, width: box.width * zoom, height: box.height * zoom })
const isUnder = (box: Box, cover: Box) =>
  box.x < cover.x + cover.width && cover.x < box.x + box.width && box.y < cover.y + cover.height && cover.y < box.y + box.height

describe('a view of the whole graph (WEB-47)', () => {
  it('leaves no node under the map', () => {
    for (const last of [{ x: 600, y: 650 }, { x: 900, y: 300 }, { x: 100, y: 1500 }]) {
      const boxes = [{ x: 0, y: 0, width: 256, height: 120 }, { ...last, width: 256, height: 150 }]
      const view = clearView(boxes, window)
      if (view === undefined) throw new Error('there are boxes')
      for (const box of boxes.map((each) => drawn(each, view))) {
        expect(isUnder(box, map)).toBe(false)
        expect(box.x).toBeGreaterThanOrEqual(0)
        expect(box.y).toBeGreaterThanOrEqual(0)
      }
    }
  })

  it('is as close and as much in the middle as ever where nothing is in the way', () => {
    expect(clearView([{ x: 0, y: 0, width: 200, height: 100 }], window)).toEqual({ x: 335, y: 375, zoom: 1 })
    const corner = [{ x: 0, y: 0, width: 256, height: 120 }, { x: 1000, y: 0, width: 256, height: 120 }, { x: 1000, y: 900, width: 256, height: 120 }]
    const phone = { width: 390, height: 700 }
    expect(clearView(corner, phone)?.zoom).toBeCloseTo((390 - 96) / 1256)
    // On its side: there is no map for which to give way.
    const tall = [...corner, { x: 1000, y: 1500, width: 256, height: 120 }, { x: 1700, y: 1500, width: 256, height: 120 }]
    // Over the list of runs there may be little left.
    expect(clearView([{ x: 0, y: 0, width: 1000, height: 800 }], { width: 596, height: 136 })?.zoom).toBeCloseTo((136 - 34) / 800)
    const { zoom, x } = clearView(tall, { width: 596, height: 338 }) ?? { zoom: 0, x: 0 }
    expect(x + (zoom * 1956) / 2).toBeCloseTo(596 / 2)
  })

  it('shows nothing of nothing', () => {
    expect(clearView([], window)).toBeUndefined()
  })
})

it('lets a toast stand above the map where it would touch it, and below otherwise (WEB-47)', () => {
  const screen = { width: 1440, height: 900 }
  expect(bottomOfToasts({ ...mapSize, x: 920, y: 764 }, screen)).toBe(152)
  expect(bottomOfToasts({ ...mapSize, x: 1240, y: 764 }, screen)).toBe(20)
  expect(bottomOfToasts({ ...mapSize, x: 920, y: 504 }, screen)).toBe(20)
  expect(bottomOfToasts({ x: 0, y: 0, width: 0, height: 0 }, screen)).toBe(20)
})
