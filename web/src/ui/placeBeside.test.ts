import { expect, it } from 'vitest'

import { placeBeside } from './placeBeside'

const window = { width: 1000, height: 800 }
const button = { left: 480, top: 100, width: 40, height: 30 }
const below = { side: 'bottom', align: 'center', gap: 4 } as const

it('stands beside its anchor, aligned as wanted', () => {
  const size = { width: 200, height: 100 }
  expect(placeBeside(button, size, window, below)).toEqual({ left: 400, top: 134 })
  expect(placeBeside(button, size, window, { ...below, align: 'start' })).toEqual({ left: 480, top: 134 })
  expect(placeBeside(button, size, window, { ...below, align: 'end' })).toEqual({ left: 320, top: 134 })
  expect(placeBeside(button, size, window, { side: 'right', align: 'start', gap: 4 })).toEqual({ left: 524, top: 100 })
})

it('goes to the other side where there is more room', () => {
  const low = { ...button, top: 760 }
  expect(placeBeside(low, { width: 200, height: 100 }, window, below).top).toBe(656)
})

it('never leaves the window', () => {
  const corner = { left: 980, top: 4, width: 16, height: 16 }
  expect(placeBeside(corner, { width: 300, height: 900 }, window, below)).toEqual({ left: 692, top: 8 })
})
