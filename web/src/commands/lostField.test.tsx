import { act, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import * as Y from 'yjs'

import { useNode } from '@/document/hooks'
import type { OpenGraph } from '@/document/openGraph'
import { InGraph, openTestGraph } from '@/nodes/testGraph'
import { toast } from '@/ui/toast'

import { useLostField } from './lostField'
import { useShortcuts } from './useShortcuts'

let graph: OpenGraph

function Editor() {
  useShortcuts({ graph, go: vi.fn(), setTheme: vi.fn(), complain: vi.fn() })
  useLostField(graph)
  return <Fields />
}

/** What stands in the inspector while the node is there. */
function Fields() {
  const node = useNode('llm')
  return <section data-inspected={node?.id}>{node && <input aria-label="Name" />}</section>
}

/** As someone else does it who has the same document. */
function deleteElsewhere(id: string): void {
  const theirs = new Y.Doc()
  Y.applyUpdate(theirs, Y.encodeStateAsUpdate(graph.document.doc))
  theirs.getMap('nodes').delete(id)
  act(() => {
    Y.applyUpdate(graph.document.doc, Y.encodeStateAsUpdate(theirs))
    graph.store.flush()
  })
}

const press = (key: string) => fireEvent.keyDown(document.activeElement ?? document.body, { key })

beforeEach(() => {
  vi.spyOn(toast, 'info').mockReturnValue(undefined)
  graph = openTestGraph()
  graph.document.addNode('LLM', { id: 'llm', name: 'Answer' })
  for (const id of ['a', 'b']) graph.document.addNode('Log', { id })
  graph.document.connect({ id: 'edge', source: 'a', target: 'b' })
  graph.store.flush()
  render(
    <InGraph graph={graph}>
      <Editor />
    </InGraph>,
  )
  screen.getByRole('textbox', { name: 'Name' }).focus()
})
afterEach(() => {
  vi.restoreAllMocks()
  graph.close()
})

it('WEB-4: says that someone deleted what one types in, and takes nothing typed on for a shortcut', () => {
  const walk = vi.spyOn(graph.camera, 'walk')
  deleteElsewhere('llm')
  expect(toast.info).toHaveBeenCalledWith('Someone deleted “Answer” while you were typing in it', expect.anything())
  expect(document.activeElement).toBe(document.body)
  press('e')
  expect(walk).not.toHaveBeenCalled()
  press('Escape')
  press('e')
  expect(walk).toHaveBeenCalledWith('edge')
})

it('takes what is pressed after a pause as meant', () => {
  const walk = vi.spyOn(graph.camera, 'walk')
  deleteElsewhere('llm')
  const later = performance.now() + 5000
  vi.spyOn(performance, 'now').mockReturnValue(later)
  press('e')
  expect(walk).toHaveBeenCalledWith('edge')
})

it('says nothing of what is deleted beside it', () => {
  deleteElsewhere('a')
  expect(toast.info).not.toHaveBeenCalled()
})
