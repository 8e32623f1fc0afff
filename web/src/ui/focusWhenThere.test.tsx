import { afterEach, expect, it } from 'vitest'

import { focusWhenThere } from './focusWhenThere'

afterEach(() => document.body.replaceChildren())

const frame = () => new Promise(requestAnimationFrame)

const page = (html: string) => {
  document.body.innerHTML = html
  return (selector: string) => document.querySelector<HTMLElement>(selector)
}

it('gives the keyboard to what is drawn a while later', async () => {
  const find = page('<button id="add">Add</button>')
  find('#add')?.focus()
  focusWhenThere('#node')
  await frame()
  document.body.insertAdjacentHTML('beforeend', '<button id="node">Switch</button>')
  await frame()
  await frame()
  expect(document.activeElement?.id).toBe('node')
})

it('leaves it with whoever opened a menu before the next frame', async () => {
  const find = page('<button id="node">Switch</button><div role="dialog"><input id="search"></div>')
  focusWhenThere('#node')
  find('#search')?.focus()
  await frame()
  await frame()
  expect(document.activeElement?.id).toBe('search')
})

it('takes it from a menu that is closing', async () => {
  const find = page('<button id="node">Switch</button><div role="dialog" data-state="closed"><input id="search"></div>')
  find('#search')?.focus()
  focusWhenThere('#node')
  await frame()
  await frame()
  expect(document.activeElement?.id).toBe('node')
})
