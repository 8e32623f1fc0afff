import { act, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, it } from 'vitest'

import type { OpenGraph } from '@/document/openGraph'
import '@/ui/jsdomShims'
import { violations } from '@/ui/violations'

import { SchemaForm } from './SchemaForm'
import { InGraph, openTestGraph, testTypes } from './testGraph'

let graph: OpenGraph
let id: string

beforeEach(() => {
  graph = openTestGraph()
  id = graph.document.addNode('LLM', { params: { model: 'smol', prompt: 'Say {{ input.message }}' } })
  graph.store.flush()
})
afterEach(() => {
  graph.close()
})

const param = (key: string) => graph.document.node(id)?.params[key]

function show() {
  const [type] = testTypes
  if (type === undefined) throw new Error('no type')
  return render(
    <InGraph graph={graph}>
      <SchemaForm id={id} type={type} />
    </InGraph>,
  )
}

it('writes one key of the document per field, and undoes one at a time', () => {
  show()
  fireEvent.change(screen.getByRole('textbox', { name: 'Model' }), { target: { value: 'large' } })
  fireEvent.blur(screen.getByRole('textbox', { name: 'Model' }))
  fireEvent.click(screen.getByRole('switch', { name: 'Stream' }))
  expect(param('model')).toBe('large')
  expect(param('stream')).toBe(false)
  graph.undo.undo()
  expect(param('stream')).toBeUndefined()
  expect(param('model')).toBe('large')
})

it('shows what another peer wrote, and what is wrong with it', async () => {
  show()
  act(() => {
    graph.document.setParam(id, 'tokens', 1000)
    graph.store.flush()
  })
  expect(await screen.findByText('At most 100.')).toBeDefined()
  expect(screen.getByRole('textbox', { name: 'Tokens' }).getAttribute('aria-invalid')).toBe('true')
})

it('does not write what is no number', () => {
  show()
  const input = screen.getByRole('textbox', { name: 'Tokens' })
  fireEvent.change(input, { target: { value: 'many' } })
  fireEvent.blur(input)
  expect(param('tokens')).toBeUndefined()
  expect(screen.getByRole('alert').textContent).toContain('“many”')
})

it('says of a number what is wrong with the one that is shown, and nothing of drafts that are over', () => {
  show()
  const input = screen.getByRole('textbox', { name: 'Tokens' })
  const write = (value: string) => {
    fireEvent.change(input, { target: { value } })
    fireEvent.blur(input)
  }
  write('many')
  expect(screen.getByRole('alert').textContent).toContain('“many”')
  fireEvent.focus(input)
  expect(screen.queryByRole('alert')).toBeNull()
  write('-3')
  expect(screen.getByText('At least 1.')).toBeDefined()
  write('many')
  expect(param('tokens')).toBe(-3)
  expect(screen.getByText('At least 1.')).toBeDefined()
  expect(screen.queryByRole('alert')).toBeNull()
})

it('adds and removes items of a list', () => {
  show()
  fireEvent.click(screen.getByRole('button', { name: 'Add item' }))
  expect(param('stop')).toEqual([''])
  act(() => graph.store.flush())
  fireEvent.click(screen.getByRole('button', { name: 'Remove item 1' }))
  expect(param('stop')).toEqual([])
})

it('gives an added item the keyboard', () => {
  show()
  fireEvent.click(screen.getByRole('button', { name: 'Add item' }))
  expect(document.activeElement).toBe(screen.getByRole('textbox', { name: 'Item 1' }))
  fireEvent.click(screen.getByRole('button', { name: 'Add item' }))
  expect(document.activeElement).toBe(screen.getByRole('textbox', { name: 'Item 2' }))
})

it('tells the others which field the focus is in, and that it has left', () => {
  show()
  const input = screen.getByRole('textbox', { name: 'Model' })
  fireEvent.focus(input)
  expect(graph.presence.state.editing).toMatchObject({ node: id, param: 'model' })
  fireEvent.blur(input)
  expect(graph.presence.state.editing).toBeNull()
})

it('shows who else is in a field', async () => {
  show()
  act(() => {
    tellOf(graph, { node: id, param: 'model', anchor: null, head: null })
  })
  expect(await screen.findByRole('status', { name: 'Grace is editing this' })).toBeDefined()
})

it('opens the shared text of a prompt, and has no accessibility violations', async () => {
  show()
  await waitFor(() => expect(document.querySelector('.cm-content')?.textContent).toBe('Say {{ input.message }}'), {
    timeout: 8000,
  })
  expect(screen.getByRole('textbox', { name: 'Prompt' })).toBeDefined()
  expect(await violations()).toEqual([])
}, 20_000)

function tellOf(open: OpenGraph, editing: unknown): void {
  const { awareness } = open.presence
  awareness.states.set(7, { user: { id: 'grace', name: 'Grace', colour: '#30a46c', kind: 'person' }, editing })
  awareness.emit('change', [{ added: [7], updated: [], removed: [] }, 'wire'])
}
