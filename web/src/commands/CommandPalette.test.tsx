import { act, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { OpenGraph } from '@/document/openGraph'
import { InGraph, openTestGraph } from '@/nodes/testGraph'
import '@/ui/jsdomShims'
import { violations } from '@/ui/violations'
import { CommandPalette } from './CommandPalette'
import { showInEditor, useEditorView } from './editorView'
import { HelpSheet } from './HelpSheet'
import { placesFor } from './places'
import { useShortcuts } from './useShortcuts'

let graph: OpenGraph
beforeEach(() => {
  graph = openTestGraph()
})
afterEach(() => {
  act(() => showInEditor({ dialog: null, typedAhead: '' }))
  graph.close()
})

function Editor({ dialogs }: { dialogs: boolean }) {
  const desk = { graph, go: vi.fn(), setTheme: vi.fn(), complain: vi.fn() }
  useShortcuts(desk)
  return (
    dialogs && (
      <>
        <CommandPalette desk={desk} />
        <HelpSheet />
      </>
    )
  )
}
const editor = (dialogs: boolean) => (
  <InGraph graph={graph}>
    <Editor dialogs={dialogs} />
  </InGraph>
)
const field = () => screen.getByPlaceholderText(/^Add a node/)
const press = (key: string, more: KeyboardEventInit = {}) => fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more })
const nextFrame = () => act(() => new Promise((done) => requestAnimationFrame(done)))

it('changes nothing when Enter is pressed before anything was typed', async () => {
  render(editor(true))
  press('k', { ctrlKey: true })
  expect(screen.getAllByRole('option')[0]?.textContent).toContain('Shortcuts')
  expect(await violations()).toEqual([])
  fireEvent.keyDown(field(), { key: 'Enter' })
  await nextFrame()
  expect(graph.document.allNodes()).toEqual([])
  expect(screen.getByRole('dialog', { name: 'Shortcuts' })).toBeDefined()
})

it('takes the best match with Enter', async () => {
  render(editor(true))
  press('k', { ctrlKey: true })
  fireEvent.change(field(), { target: { value: 'log' } })
  fireEvent.keyDown(field(), { key: 'Enter' })
  await nextFrame()
  expect(graph.document.allNodes().map(({ type }) => type)).toEqual(['Log'])
})

it('finds panels and pages, by other words too', async () => {
  render(editor(true))
  for (const [words, first] of [['activity', 'Activity'], ['audit', 'Activity'], ['password', 'Your account'], ['webhooks', 'API reference']] as const) {
    press('k', { ctrlKey: true })
    fireEvent.change(field(), { target: { value: words } })
    expect(screen.getAllByRole('option')[0]?.textContent).toContain(first)
    press('Escape')
  }
  press('k', { ctrlKey: true })
  fireEvent.change(field(), { target: { value: 'activity' } })
  fireEvent.keyDown(field(), { key: 'Enter' })
  await nextFrame()
  expect(useEditorView.getState().rightPanel).toBe('activity')
})

it('leads admins, and nobody else, to the people of the workspace', () => {
  const peopleFor = (isAdmin: boolean) => placesFor(isAdmin).filter(({ id }) => id === 'people')
  expect(peopleFor(true)).toHaveLength(1)
  expect(peopleFor(false)).toEqual([])
})

it('has what was typed while it was on its way, and none of that reached the canvas', async () => {
  const { rerender } = render(editor(false))
  press('k', { ctrlKey: true })
  for (const key of ['c', 'a', 'x', 'Backspace', 'Enter', 'Delete', 'n']) press(key)
  expect(useEditorView.getState().openEnd).toBeNull()
  rerender(editor(true))
  expect(field()).toHaveProperty('value', 'can')
  expect(document.activeElement).toBe(field())
  // Nothing is marked: what is typed on comes after it, in place of none of it.
  await act(() => Promise.resolve())
  expect(field()).toMatchObject({ selectionStart: 3, selectionEnd: 3 })
  press('Escape')
  press('k', { ctrlKey: true })
  expect(field()).toHaveProperty('value', '')
})

it('has what was typed before the focus came to it', () => {
  render(editor(true))
  press('k', { ctrlKey: true })
  field().blur()
  for (const key of ['c', 'a']) press(key)
  expect(field()).toHaveProperty('value', 'ca')
  expect(useEditorView.getState().openEnd).toBeNull()
})

it('a field over the canvas has what was typed while it was on its way, and Escape gives it up', () => {
  render(<span data-field-comes />)
  render(editor(true))
  act(() => showInEditor({ openEnd: { at: [0, 0] } }))
  for (const key of ['l', 'o', 'Enter', 'x']) press(key)
  expect(useEditorView.getState()).toMatchObject({ dialog: null, typedAhead: 'lo\n' })
  press('Escape')
  expect(useEditorView.getState()).toMatchObject({ openEnd: null, typedAhead: '' })
})

it('a dialog that is on its way is given up by Escape, and leaves all other keys alone', () => {
  render(editor(false))
  act(() => showInEditor({ dialog: 'share' }))
  press('a')
  expect(useEditorView.getState()).toMatchObject({ dialog: 'share', typedAhead: '' })
  press('Escape')
  expect(useEditorView.getState().dialog).toBeNull()
})

it('is given up by Escape while it is on its way', () => {
  render(editor(false))
  press('k', { ctrlKey: true })
  press('l')
  press('Escape')
  expect(useEditorView.getState()).toMatchObject({ dialog: null, typedAhead: '' })
})

it('finds what can’t be done just now, says what it needs, and takes it by no key (WEB-48)', async () => {
  const id = graph.document.addNode('Log')
  graph.store.flush()
  render(editor(true))
  press('k', { ctrlKey: true })
  fireEvent.change(field(), { target: { value: 'rename' } })
  const found = screen.getByRole('option', { name: /Rename/ })
  expect(found.textContent).toContain('needs one node that is selected')
  expect(found.getAttribute('aria-disabled')).toBe('true')
  expect(await violations()).toEqual([])
  fireEvent.keyDown(field(), { key: 'Enter' })
  fireEvent.click(found)
  expect(useEditorView.getState().dialog).toBe('commands')
  fireEvent.change(field(), { target: { value: 'zzz' } })
  expect(screen.getByText('Nothing matches “zzz”.')).toBeDefined()
  expect(await violations()).toEqual([])
  act(() => graph.selection.set([id]))
  fireEvent.change(field(), { target: { value: 'renam' } })
  expect(screen.getByRole('option', { name: /Rename/ }).getAttribute('aria-disabled')).toBe('false')
})
