// WEB-25 of docs/spec.md.

import { expect, it } from 'vitest'

import { dayOf, wordsOf } from './rowWords'

it('WEB-25: takes what changed out of the sentence, to be seen beside it', () => {
  expect(wordsOf({ text: 'renamed Hi from “Greeting” to “Hi”', facts: { before: 'Greeting', after: 'Hi' } })).toEqual({
    text: 'Renamed Hi',
    change: { before: 'Greeting', after: 'Hi' },
  })
  const removed = wordsOf({ text: 'limit of Answer changed from 5 to nothing', facts: { before: 5, after: null } })
  expect(removed).toEqual({ text: 'Limit of Answer changed', change: { before: '5', after: 'nothing' } })
  expect(wordsOf({ text: 'title changed from “” to “A”', facts: { before: '', after: 'A' } }).change?.before).toBe('empty')
})

it('leaves a sentence that says it otherwise as it is', () => {
  const numbers = { text: 'x of Answer changed from 1.0 to 2.0', facts: { before: 1, after: 2 } }
  expect(wordsOf(numbers)).toEqual({ text: 'X of Answer changed from 1.0 to 2.0' })
  expect(wordsOf({ text: 'moved Answer', facts: {} })).toEqual({ text: 'Moved Answer' })
})

it('names days as people do', () => {
  const now = new Date(2026, 2, 1, 9)
  const at = (...when: [number, number, number, number]) => dayOf(new Date(...when).getTime() / 1000, now)
  expect(at(2026, 2, 1, 0)).toBe('Today')
  expect(at(2026, 1, 28, 23)).toBe('Yesterday')
  expect(at(2026, 1, 27, 23)).toMatch(/^Friday,? 27 February$/)
  expect(at(2025, 11, 31, 12)).toMatch(/31 December 2025$/)
})
