import { fireEvent, render, screen } from '@testing-library/react'
import { afterEach, expect, it } from 'vitest'

import type { OpenGraph } from '@/document/openGraph'
import { InGraph, openTestGraph, testTypes } from '@/nodes/testGraph'
import '@/ui/jsdomShims'
import { violations } from '@/ui/violations'

import { findTypes } from '@/nodes/findTypes'
import { Palette } from './Palette'

let graph: OpenGraph
afterEach(() => {
  graph.close()
})

function show() {
  graph = openTestGraph()
  const added: string[] = []
  render(
    <InGraph graph={graph}>
      <Palette onAdd={(type) => added.push(type)} />
    </InGraph>,
  )
  return added
}

it('adds the best match when Enter is pressed in the search', async () => {
  const added = show()
  const search = screen.getByRole('searchbox')
  fireEvent.change(search, { target: { value: 'swi' } })
  fireEvent.keyDown(search, { key: 'Enter' })
  expect(added).toEqual(['Switch'])
  expect(await violations()).toEqual([])
})

it('is walked through with the arrow keys', () => {
  const added = show()
  const search = screen.getByRole('searchbox')
  search.focus()
  fireEvent.keyDown(search, { key: 'ArrowDown' })
  const first = document.activeElement as HTMLElement
  expect(first.textContent).toContain('Chat')
  fireEvent.keyDown(first, { key: 'Enter' })
  fireEvent.keyDown(first, { key: 'ArrowUp' })
  expect(document.activeElement).toBe(search)
  expect(added).toEqual(['Chat'])
})

it('puts a title that begins with the words before a description that has them', () => {
  graph = openTestGraph()
  const [best] = findTypes(
    [{ ...(testTypes[0] ?? never()), description: 'Reads a log.' }, testTypes[3] ?? never()],
    'log',
  )
  expect(best?.types[0]?.type).toBe('Log')
  expect(findTypes(testTypes, '').map(({ category }) => category)).toEqual(['Triggers', 'AI', 'Data', 'Flow', 'Output'])
})

function never(): never {
  throw new Error('The test types are missing.')
}

it('suggests to who found nothing only what finds something', () => {
  show()
  const search = screen.getByRole('searchbox')
  fireEvent.change(search, { target: { value: 'xyzzy' } })
  const words = [...(screen.getByText(/^Try what it should do/).textContent ?? '').matchAll(/“(.*?)”/g)].map(([, word]) => word)
  expect(words).not.toEqual([])
  for (const word of words) {
    fireEvent.change(search, { target: { value: word } })
    expect(screen.queryByText('No such type')).toBeNull()
  }
})
