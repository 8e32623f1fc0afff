import { afterEach, expect, it } from 'vitest'
import { hearTime, serverTime } from './serverTime'

const off = (minutes: number) => Math.round((serverTime() - Date.now()) / 60_000) === minutes
const dateIn = (minutes: number) => new Date(Date.now() + minutes * 60_000).toUTCString()

afterEach(() => hearTime(dateIn(0)))

it('is the browser’s as long as both agree, and the server’s when they do not', () => {
  for (const minutes of [10, -10, 0]) {
    hearTime(dateIn(minutes))
    expect(off(minutes)).toBe(true)
  }
})

it('takes no notice of an answer without a date', () => {
  hearTime(dateIn(10))
  for (const date of [null, '', 'yesterday']) hearTime(date)
  expect(off(10)).toBe(true)
})
