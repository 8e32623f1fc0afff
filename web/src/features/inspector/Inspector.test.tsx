import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest'

import type * as Y from 'yjs'

import { FakeServer } from '@/api/FakeServer'
import type { OpenGraph } from '@/document/openGraph'
import type { Role } from '@/document/roles'
import { InGraph, openTestGraph } from '@/nodes/testGraph'
import '@/ui/jsdomShims'
import { violations } from '@/ui/violations'

import { importNodeInspector, Inspector } from './Inspector'

let graph: OpenGraph

function show(role: Role = 'editor') {
  graph = openTestGraph(role)
  const { document } = graph
  document.addNode('LLM', { id: 'llm', name: 'Answer', params: { model: 'smol' } })
  document.addNode('Log', { id: 'log' })
  document.connect({ id: 'edge', source: 'llm', target: 'log' })
  graph.store.flush()
  render(
    <InGraph graph={graph}>
      <Inspector />
    </InGraph>,
  )
}

function write(name: string, value: string): void {
  const input = screen.getByRole('textbox', { name })
  fireEvent.change(input, { target: { value } })
  fireEvent.blur(input)
  act(() => graph.store.flush())
}

beforeAll(importNodeInspector)
beforeEach(() => sessionStorage.clear())
afterEach(() => {
  graph.close()
})

it('shows the graph itself when nothing is selected', async () => {
  show()
  write('Title', 'Orders')
  expect(graph.store.meta.title).toBe('Orders')
  expect(await violations()).toEqual([])
})

it('asks nothing of who may only look (WEB-48)', () => {
  graph = openTestGraph('viewer')
  render(
    <InGraph graph={graph}>
      <Inspector />
    </InGraph>,
  )
  expect(screen.getByPlaceholderText('Nobody has described it yet')).toBeDefined()
  expect(screen.getByText('Nothing to run yet.')).toBeDefined()
  expect(screen.queryByText(/search on the home page/)).toBeNull()
})

it('shows a node, and what it is told about its runs', async () => {
  show()
  act(() => graph.selection.set(['llm']))
  await screen.findByRole('textbox', { name: 'Name' })
  // By this it is known whose field one types in: see commands/lostField.ts.
  expect(document.querySelector('[data-inspected="llm"] [aria-label="Name"]')).not.toBeNull()
  write('Name', 'Reply')
  expect(graph.store.node('llm')?.name).toBe('Reply')
  fireEvent.click(screen.getByRole('tab', { name: 'Run settings' }))
  fireEvent.click(screen.getByRole('switch', { name: 'Try again' }))
  act(() => graph.store.flush())
  expect(graph.store.node('llm')?.retry?.attempts).toBe(3)
  expect(await violations()).toEqual([])
})

it('shows a connection, and lets it go', async () => {
  show()
  act(() => graph.selection.set(['edge']))
  write('Variable', 'answer')
  write('Condition', 'value != ""')
  expect(graph.store.edge('edge')).toMatchObject({ varName: 'answer', condition: 'value != ""' })
  expect(await violations()).toEqual([])
  fireEvent.click(screen.getByRole('button', { name: 'Disconnect' }))
  act(() => graph.store.flush())
  expect(graph.store.edges).toEqual([])
})

it('sums up several things, and what is done to them is one step of undo', () => {
  show()
  act(() => graph.selection.set(['llm', 'log', 'edge']))
  expect(screen.getByRole('heading', { name: '3 selected' })).toBeDefined()
  // Two can lie on a line; there is no gap between them to be as large as another.
  const isOff = (name: string) => screen.getByRole<HTMLButtonElement>('button', { name }).disabled
  expect([isOff('Align left'), isOff('Distribute horizontally')]).toEqual([false, true])
  fireEvent.click(screen.getByRole('button', { name: 'Switch off' }))
  act(() => graph.store.flush())
  expect(graph.store.nodes.map((node) => node.disabled)).toEqual([true, true])
  graph.undo.undo()
  graph.store.flush()
  expect(graph.store.nodes.map((node) => node.disabled)).toEqual([false, false])
})

/** The run that is shown, as the engine writes it. */
function showRun(status: string, node: Record<string, unknown>): void {
  graph.run.show('r1')
  const doc = graph.run.store?.doc as Y.Doc
  doc.transact(() => {
    for (const [key, value] of Object.entries({ id: 'r1', status })) doc.getMap('run').set(key, value)
    doc.getMap('nodes').set('llm', { iteration: 0, attempt: 0, started: null, finished: null, preview: null, progress: null, usage: null, ...node })
  })
  act(() => graph.run.store?.flush())
}

it('says where a node failed how to run it once more, once the run is over and to who may run (WEB-53)', async () => {
  const server = new FakeServer().on('POST /api/graphs/g/runs', { status: 201, body: { id: 'r2' } }).start()
  for (const [role, status, count] of [['runner', 'running', 0], ['viewer', 'failed', 0], ['runner', 'failed', 1]] as const) {
    show(role)
    act(() => graph.selection.set(['llm']))
    showRun(status, { status: 'failed', error: { message: 'No such model.' } })
    fireEvent.click(await screen.findByRole('tab', { name: 'Output' }))
    expect(screen.getByText('No such model.')).toBeDefined()
    expect(screen.queryAllByRole('button', { name: 'Run this node again' })).toHaveLength(count)
    if (count === 1) break
    cleanup()
    graph.close()
  }
  expect(await violations()).toEqual([])
  fireEvent.click(screen.getByRole('button', { name: 'Run this node again' }))
  await waitFor(() => expect(graph.run.id).toBe('r2'))
  expect(server.asked.find(({ method }) => method === 'POST')?.body).toMatchObject({ start: 'llm' })
  server.stop()
})

it('lets a viewer look and change nothing', async () => {
  show('viewer')
  act(() => graph.selection.set(['llm']))
  expect((await screen.findByRole<HTMLInputElement>('textbox', { name: 'Name' })).disabled).toBe(true)
})

it('lists the first problems of a graph with whose they are, and says how many there are', () => {
  show()
  act(() => {
    graph.document.gesture(() => {
      for (let count = 0; count < 60; count++) graph.document.addNode('Gone', { name: `Lost ${count}` })
    })
    graph.problems.refresh()
  })
  const list = screen.getByRole('list', { name: 'Problems' })
  expect(list.querySelectorAll('button')).toHaveLength(50)
  expect(list.textContent).toMatch(/Lost \d+: /)
  expect(list.textContent).toContain('And 10 more')
  expect(screen.getByRole('heading', { name: 'Problems60' })).toBeDefined()
})

it('gives a group ports, renames them and takes them away, with their ends inside', async () => {
  show()
  let id = ''
  act(() => {
    id = graph.document.addNode('Group')
    graph.store.flush()
    graph.selection.set([id])
  })
  const ends = () => graph.document.allNodes().flatMap((node) => (node.parent === id ? [node.params['port']] : []))
  fireEvent.click(await screen.findByRole('tab', { name: 'Settings' }))
  fireEvent.click(screen.getByRole('button', { name: 'Add input' }))
  act(() => graph.store.flush())
  expect(ends()).toEqual(['input'])
  write('Input 1', 'orders')
  expect(ends()).toEqual(['orders'])
  act(() => graph.store.flush())
  expect(await violations()).toEqual([])
  fireEvent.click(screen.getByRole('button', { name: 'Remove orders' }))
  expect(ends()).toEqual([])
})

it('gives an added port the keyboard, which stays there when the port is renamed', async () => {
  show()
  act(() => graph.selection.set([graph.document.addNode('Group')]))
  fireEvent.click(await screen.findByRole('tab', { name: 'Settings' }))
  fireEvent.click(screen.getByRole('button', { name: 'Add output' }))
  const input = screen.getByRole('textbox', { name: 'Output 1' })
  expect(document.activeElement).toBe(input)
  fireEvent.change(input, { target: { value: 'total' } })
  fireEvent.keyDown(input, { key: 'Enter' })
  expect(screen.getByRole('button', { name: 'Remove total' })).toBeDefined()
  expect(document.activeElement).toBe(screen.getByRole('textbox', { name: 'Output 1' }))
})

it('offers a node of a graph with event flow nothing to wait for, and takes back what it says', async () => {
  show()
  graph.document.setMeta({ execution: 'cascade' })
  graph.document.updateNode('llm', { runWhen: 'all_done' })
  act(() => {
    graph.store.flush()
    graph.selection.set(['llm'])
  })
  fireEvent.click(await screen.findByRole('tab', { name: 'Run settings' }))
  const chosen = screen.getByRole('combobox', { name: 'Runs when' })
  expect(chosen.textContent).toBe('All before it ended')
  fireEvent.click(chosen)
  const offered = (await screen.findAllByRole('option')).map((option) => option.textContent)
  expect(offered).toEqual(['A value arrivesWith event flow, for every one', 'All before it endedHowever they ended'])
  fireEvent.keyDown(screen.getByRole('listbox'), { key: 'Home' })
  fireEvent.keyDown(screen.getByRole('listbox'), { key: 'Enter' })
  act(() => graph.store.flush())
  expect(graph.store.node('llm')?.runWhen).toBe('inputs')
})
