// @vitest-environment jsdom
import { beforeEach, expect, it } from 'vitest'

import { arrange } from './arrange'

let holder: HTMLElement
const cards = () => Object.fromEntries([...holder.children].map((card) => [card.id, card as HTMLElement]))
const order = () => [...holder.children].map(({ id }) => id).join('')
const put = (wanted: string) => arrange([...wanted].flatMap((id) => cards()[id] ?? []))

beforeEach(() => {
  document.body.innerHTML = '<main>' + [...'abcde'].map((id) => `<div id="${id}"><input></div>`).join('') + '</main>'
  holder = document.querySelector('main') as HTMLElement
})

it('WEB-37: puts cards into an order', () => {
  for (const wanted of ['edcba', 'abcde', 'badce', 'cdeab']) {
    put(wanted)
    expect(order()).toBe(wanted)
  }
})

it('WEB-37: takes the focus from none, wherever that one is to be', () => {
  for (const [focused, wanted] of [['a', 'bcdea'], ['c', 'abdec'], ['e', 'eabcd'], ['b', 'decab']] as const) {
    const field = cards()[focused]?.querySelector('input')
    field?.focus()
    put(wanted)
    expect(order()).toBe(wanted)
    expect(document.activeElement).toBe(field)
  }
})

it('WEB-37: leaves alone what is in order, and keeps to what each was scrolled to', () => {
  const list = cards()['b']?.appendChild(document.createElement('ul'))
  if (list === undefined) throw new Error('there is no b')
  list.scrollTop = 40
  const watch = new MutationObserver(() => undefined)
  watch.observe(holder, { childList: true })
  put('abcde')
  expect(watch.takeRecords()).toEqual([])
  put('acdeb')
  expect(order()).toBe('acdeb')
  expect(list.scrollTop).toBe(40)
})
