import { describe, expect, it } from 'vitest'
import * as align from './align'
import { settle } from './settle'

const at = (x: number, y: number, width = 256, height = 72) => ({ x, y, width, height })
const noKeys = { shiftKey: false, altKey: false, ctrlKey: false, metaKey: false }

describe('WEB-34: what is dragged', () => {
  it('comes to lie on the nearest line of what is near, each axis for itself', () => {
    expect(align.shiftTo(at(3, 205), [at(0, 0), at(600, 200)], 6)).toEqual([-3, -5])
    expect(align.shiftTo(at(30, 240), [at(0, 0)], 6)).toEqual([undefined, undefined])
    expect(align.shiftTo(at(0, 101, 256, 50), [at(600, 90)], 6)).toEqual([undefined, 0]) // middle on middle
    expect(align.shiftTo(at(259, 0), [at(0, 300)], 6)[0]).toBe(-3) // its left edge on a right one
  })

  it('shows the lines that it lies on, a middle only where no edge does', () => {
    expect(align.guidesOf(at(0, 200), [at(0, 0)])).toEqual([
      { x1: 0, y1: 0, x2: 0, y2: 272 },
      { x1: 256, y1: 0, x2: 256, y2: 272 },
    ])
    expect(align.guidesOf(at(28, 200, 200), [at(0, 0)])).toEqual([{ x1: 128, y1: 0, x2: 128, y2: 272 }])
  })

  it('lies on the grid where nothing is near, and nowhere in particular while Ctrl is held', () => {
    const box = at(0, 0)
    const near = [at(301, 400)]
    expect(settle(box, [299, 130], noKeys, near, 6, align)).toMatchObject({ by: [301, 128] })
    expect(settle(box, [299, 130], { ...noKeys, ctrlKey: true }, near, 6, align)).toEqual({ by: [299, 130], guides: [] })
    expect(settle(box, [299, 130], { ...noKeys, shiftKey: true }, near, 6, align).by).toEqual([301, 0])
    expect(settle(box, [299, 130], noKeys, near, 6, undefined)).toEqual({ by: [296, 128], guides: [] })
  })
})
