// @vitest-environment jsdom
import { select } from 'd3-selection'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { interrupt } from './glide'

/** What d3-zoom and xyflow use of a transition. */
interface Transition {
  duration: (ms: number) => Transition
  ease: (easing: (t: number) => number) => Transition
  on: (events: string, listener: () => void) => Transition
  tween: (name: string, begin: () => (t: number) => void) => Transition
}

let heard: (string | number)[]
const element = document.createElement('div')
const glide = () => {
  const transition = (select(element) as unknown as { transition: () => Transition }).transition()
  const hear = (event: string) => () => void heard.push(event)
  return transition
    .duration(100)
    .ease((t) => t * t)
    .on('start.zoom', hear('start'))
    .on('interrupt.zoom end.zoom', hear('over'))
    .on('end', hear('end'))
    .tween('zoom', () => (t) => void heard.push(Math.round(t * 100) / 100))
}

beforeEach(() => {
  heard = []
  vi.useFakeTimers({ toFake: ['requestAnimationFrame', 'cancelAnimationFrame', 'performance'] })
})
afterEach(() => vi.useRealTimers())

it('draws a frame at a time, eased, exactly to the end', () => {
  glide()
  expect(heard).toEqual([])
  vi.advanceTimersByTime(500)
  expect([heard[0], ...heard.slice(-3)]).toEqual(['start', 1, 'over', 'end'])
  const drawn = heard.filter((each) => typeof each === 'number')
  expect(drawn.length).toBeGreaterThan(4)
  expect(drawn).toEqual([...drawn].sort((a, b) => a - b))
})

it('stops where it is when somebody takes hold, and is not heard of when it had not begun', () => {
  glide()
  vi.advanceTimersByTime(40)
  interrupt(element)
  expect(heard.at(-1)).toBe('over')
  expect(heard).not.toContain('end')
  const many = heard.length
  glide()
  interrupt(element)
  vi.advanceTimersByTime(500)
  expect(heard.length).toBe(many)
})

it('gives way to the next', () => {
  glide()
  vi.advanceTimersByTime(40)
  glide()
  vi.advanceTimersByTime(500)
  expect(heard.filter((each) => typeof each === 'string')).toEqual(['start', 'over', 'start', 'over', 'end'])
})
