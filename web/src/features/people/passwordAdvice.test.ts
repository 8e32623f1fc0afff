import { expect, it } from 'vitest'

import { browserName } from './browserName'
import { adviseOn } from './passwordAdvice'

it('asks for what the server asks for, and says how far it is (ACCESS-3)', () => {
  expect(adviseOn('').good).toBe(false)
  expect(adviseOn('seven!!')).toMatchObject({ good: false, sentence: '5 more to go.' })
  expect(adviseOn('a mild evening in november')).toMatchObject({ good: true, reached: 1 })
  expect(adviseOn('x'.repeat(129)).sentence).toBe('At most 128 characters are taken.')
})

it('counts characters as people do, not the halves that some are stored in', () => {
  expect(adviseOn('🦉🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵').sentence).toBe('1 more to go.')
})

it.each([
  ['abcabcabcabc', 'over and over'],
  ['qwertyuiopasd', 'keyboard'],
  ['987654321098', 'keyboard'],
  ['ada@example.org', 'a name or an address'],
])('refuses %s, which is guessed first', (password, reason) => {
  const { good, sentence } = adviseOn(password, { email: 'Ada@Example.org', name: 'Ada' })
  expect(good).toBe(false)
  expect(sentence.toLowerCase()).toContain(reason)
})

it('names browsers as people do, and programs by what they call themselves', () => {
  expect(browserName('Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36')).toBe('Chrome on Linux')
  expect(browserName('Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit/605 Version/18 Safari/605')).toBe('Safari on macOS')
  expect(browserName('python-httpx/0.28')).toBe('python-httpx/0.28')
  expect(browserName('')).toBe('Unknown browser')
})
