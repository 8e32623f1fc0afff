import { act, fireEvent, render, screen, waitFor } from '@testing-library/react'
import * as Y from 'yjs'
import { EditorView } from '@codemirror/view'
import { afterEach, expect, it } from 'vitest'

import type { OpenGraph } from '@/document/openGraph'
import '@/ui/jsdomShims'

import { CodeField } from './CodeField'
import { InGraph, openTestGraph } from './testGraph'

const open: OpenGraph[] = []
afterEach(() => {
  for (const graph of open.splice(0)) graph.close()
})

function show(graph: OpenGraph, id: string) {
  const { container } = render(
    <InGraph graph={graph}>
      <span id="label">Prompt</span>
      <CodeField node={id} param="prompt" language="template" labelledBy="label" />
    </InGraph>,
  )
  return {
    editor: () => {
      const content = container.querySelector<HTMLElement>('.cm-content')
      const view = content === null ? null : EditorView.findFromDOM(content)
      if (view === null) throw new Error('no editor')
      return view
    },
  }
}

function opened(prompt?: string) {
  const graph = openTestGraph()
  open.push(graph)
  const id = graph.document.addNode('LLM', { params: prompt === undefined ? {} : { prompt } })
  graph.store.flush()
  return { graph, id }
}

it('types into the shared text, and others’ typing appears around one’s own', () => {
  const { graph, id } = opened('Hello')
  const { editor } = show(graph, id)
  act(() => editor().dispatch({ changes: { from: 5, insert: ' world' } }))
  const text = graph.document.text(id, 'prompt')
  expect(text?.toString()).toBe('Hello world')
  act(() => {
    graph.document.doc.transact(() => text?.insert(0, '👋🏽 '), 'wire')
  })
  expect(editor().state.doc.toString()).toBe('👋🏽 Hello world')
})

it('undoes one’s own typing with the graph’s undo, and not what another typed', () => {
  const { graph, id } = opened('Hello')
  const { editor } = show(graph, id)
  graph.undo.stop()
  act(() => editor().dispatch({ changes: { from: 5, insert: '!' } }))
  act(() => graph.document.doc.transact(() => graph.document.text(id, 'prompt')?.insert(0, 'Oh, '), 'wire'))
  act(() => graph.undo.undo())
  expect(editor().state.doc.toString()).toBe('Oh, Hello')
})

it('makes the text only when someone wants to write', async () => {
  const { graph, id } = opened()
  show(graph, id)
  expect(graph.document.text(id, 'prompt')).toBeUndefined()
  fireEvent.click(screen.getByRole('button', { name: /Prompt/ }))
  graph.store.flush()
  await waitFor(() => expect(graph.document.text(id, 'prompt')).toBeInstanceOf(Y.Text))
  await waitFor(() => expect(document.querySelector('.cm-content')).not.toBeNull())
})

it('draws the caret and the name of another who writes in it, and forgets places that make no sense', async () => {
  const { graph, id } = opened('Hello')
  show(graph, id)
  const place = Y.relativePositionToJSON(
    Y.createRelativePositionFromTypeIndex(graph.document.text(id, 'prompt') as Y.Text, 2),
  )
  tellOf(graph, { node: id, param: 'prompt', anchor: place, head: place })
  await waitFor(() => expect(document.querySelector('.cm-remoteName')?.textContent).toBe('Grace'))
  tellOf(graph, { node: id, param: 'prompt', anchor: { item: 'nonsense' }, head: 12 })
  await waitFor(() => expect(document.querySelector('.cm-remoteName')).toBeNull())
})

function tellOf(graph: OpenGraph, editing: unknown): void {
  const { awareness } = graph.presence
  awareness.states.set(7, { user: { id: 'grace', name: 'Grace', colour: '#30a46c', kind: 'person' }, editing })
  act(() => awareness.emit('change', [{ added: [7], updated: [], removed: [] }, 'wire']))
}
