import { describe, expect, it } from 'vitest'
import type { Box } from './geometry'
import { type Line, lineUp } from './lineUp'

const box = (x: number, y: number, width: number, height: number): Box => ({ x, y, width, height })
const three = [box(0, 0, 100, 40), box(300, 80, 60, 60), box(120, 200, 80, 20)]

describe('boxes', () => {
  const cases: [Line, number[]][] = [
    [['x', 'start'], [0, -300, -120]],
    [['x', 'middle'], [130, -150, 20]],
    [['x', 'end'], [260, 0, 160]],
    [['y', 'start'], [0, -80, -200]],
    [['y', 'middle'], [90, 0, -100]],
    [['y', 'end'], [180, 80, 0]],
    // Widths of 240 in 360 leave two gaps of 60; heights of 120 in 220 two of 50.
    [['x', 'gaps'], [0, 0, 40]],
    [['y', 'gaps'], [0, 10, 0]],
  ]
  it.each(cases)('are lined up by %j within the bounds of all of them (WEB-52)', (line, shifts) => {
    expect(lineUp(three, line)).toEqual(shifts)
  })

  it('that have no room overlap by the same, and none passes another (WEB-52)', () => {
    expect(lineUp([box(0, 0, 100, 10), box(10, 0, 100, 10), box(40, 0, 100, 10)], ['x', 'gaps'])).toEqual([0, 10, 0])
  })
})
