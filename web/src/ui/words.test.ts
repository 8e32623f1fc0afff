import { expect, it } from 'vitest'

import { initials } from './Avatar'
import { ago, duration } from './formatTime'
import { keyNames } from './Kbd'
import { readableOn } from './readableOn'

it('names a person by the first and the last initial, whatever the alphabet', () => {
  expect(initials('Ada King Lovelace')).toBe('AL')
  expect(initials('ada')).toBe('A')
  expect(initials('𝒵oe')).toBe('𝒵')
  expect(initials('  ')).toBe('?')
  // Signs of several characters stay whole, in the smallest avatar, too.
  expect(initials('👩‍🚀 Ada 🇩🇪')).toBe('👩‍🚀🇩🇪')
  expect(initials('👩‍🚀 Ada', 1)).toBe('👩‍🚀')
})

it('says how long something took in the unit that fits', () => {
  expect([0.0004, 0.34, 2.42, 9.97, 31.2, 72].map(duration)).toEqual(['0 ms', '340 ms', '2.4 s', '10 s', '31 s', '1 min 12 s'])
  expect([59.7, 119.6, 300, 3600, 11_040, 104_400].map(duration)).toEqual(['1 min', '2 min', '5 min', '1 h', '3 h 4 min', '1 d 5 h'])
})

it('says how long ago something was, from seconds, milliseconds and ISO times', () => {
  const now = Date.UTC(2026, 0, 2, 12)
  expect(ago(now / 1000 - 30, now)).toBe('just now')
  expect(ago(now - 180_000, now)).toBe('3 minutes ago')
  expect(ago(new Date(now - 86_400_000).toISOString(), now)).toBe('yesterday')
})

it('names keys as the keyboard at hand does', () => {
  expect(keyNames('Mod+Shift+z', true)).toEqual(['⌘', '⇧', 'Z'])
  expect(keyNames('Mod+Shift+z', false)).toEqual(['Ctrl', 'Shift', 'Z'])
  expect(keyNames('Alt+ArrowRight', false)).toEqual(['Alt', '→'])
})

it('writes dark on light colours and light on dark ones', () => {
  expect(readableOn('#ffe066')).toBe('#15151c')
  expect(readableOn('#123')).toBe('#ffffff')
})
