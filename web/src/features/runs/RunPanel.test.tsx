import { act, fireEvent, render, screen, waitFor } from '@testing-library/react'
import type * as Y from 'yjs'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { FakeServer } from '@/api/FakeServer'
import { useEditorView } from '@/commands/editorView'
import type { OpenGraph } from '@/document/openGraph'
import { remove } from '@/document/groupPorts'
import { InGraph, openTestGraph } from '@/nodes/testGraph'
import '@/ui/jsdomShims'
import { Toasts } from '@/ui/Toasts'
import { violations } from '@/ui/violations'

import { RunButton } from './RunButton'
import { RunPanel } from './RunPanel'

let graph: OpenGraph
let server: FakeServer
const record = {
  id: 'r1',
  graph: 'g',
  snapshot: 's',
  trigger: 'manual',
  by: 'Ada',
  created: 1,
  started: 1,
  finished: 3,
}

beforeEach(() => {
  server = new FakeServer()
    .on('GET /api/graphs/g/runs', { body: { items: [{ ...record, state: 'succeeded', error: null }], next: null } })
    .on('GET /api/runs/r1/events', { body: { items: [], next: null } })
    .on('POST /api/graphs/g/runs', { status: 201, body: record })
    .on('POST /api/runs/r1/cancel', { body: record })
    .start()
  graph = openTestGraph()
  graph.document.addNode('LLM', { id: 'llm' })
  graph.store.flush()
})
afterEach(() => {
  server.stop()
  graph.close()
})

function setStatus(status: string): void {
  const doc = graph.run.store?.doc as Y.Doc
  doc.transact(() => {
    doc.getMap('run').set('id', 'r1')
    doc.getMap('run').set('status', status)
  })
  graph.run.store?.flush()
}

it('lists the runs and shows the one that is chosen', async () => {
  render(
    <InGraph graph={graph}>
      <RunPanel />
    </InGraph>,
  )
  fireEvent.click(await screen.findByRole('button', { name: /Succeeded/ }))
  expect(graph.run.id).toBe('r1')
  act(() => setStatus('running'))
  expect(await screen.findByRole('button', { name: 'Cancel' })).toBeDefined()
  expect(await violations()).toEqual([])
})

it('WEB-11: leads from why it failed to the node it failed at, with its output', async () => {
  render(
    <InGraph graph={graph}>
      <RunPanel />
    </InGraph>,
  )
  fireEvent.click(await screen.findByRole('button', { name: /Succeeded/ }))
  const revealed: string[] = []
  const letGo = graph.camera.operate((request) => revealed.push(request.kind), () => [0, 0])
  act(() => {
    const doc = graph.run.store?.doc as Y.Doc
    doc.getMap('nodes').set('llm', { status: 'failed', error: { message: 'No key' }, finished: 2 })
    doc.getMap('run').set('error', 'LLM: No key')
    setStatus('failed')
  })
  fireEvent.click(await screen.findByRole('button', { name: 'LLM: No key' }))
  expect([...graph.selection.ids]).toEqual(['llm'])
  expect(revealed).toEqual(['reveal', 'focus'])
  expect(useEditorView.getState()).toMatchObject({ rightPanel: 'inspector', nodeTab: 'output' })
  expect(await violations()).toEqual([])
  letGo()
})

it('WEB-40: says until when a run waits, and offers to cancel it', async () => {
  const until = new Date(2030, 0, 31, 9).getTime() / 1000
  const waiting = { id: 'r1:1', run: 'r1', seq: 1, at: 1, type: 'run.waiting', node: null, iteration: 0, attempt: 0, payload: { until } }
  server.on('GET /api/runs/r1/events', { body: { items: [waiting], next: null } })
  render(
    <InGraph graph={graph}>
      <RunPanel />
    </InGraph>,
  )
  fireEvent.click(await screen.findByRole('button', { name: /Succeeded/ }))
  act(() => setStatus('waiting'))
  expect((await screen.findByText(/^Waiting until .*2030/)).textContent).toMatch(/9:00/)
  expect(screen.getByRole('button', { name: 'Cancel' })).toBeDefined()
})

it('comes to what can be cancelled before what can be searched by, as it is seen on a phone', async () => {
  render(
    <InGraph graph={graph}>
      <RunPanel />
    </InGraph>,
  )
  fireEvent.click(await screen.findByRole('button', { name: /Succeeded/ }))
  act(() => setStatus('running'))
  const cancel = await screen.findByRole('button', { name: 'Cancel' })
  expect(cancel.compareDocumentPosition(screen.getByRole('searchbox')) & Node.DOCUMENT_POSITION_FOLLOWING).toBeTruthy()
})

it('WEB-30: offers to try again when the runs could not be loaded', async () => {
  server.on('GET /api/graphs/g/runs', { status: 503 })
  render(
    <InGraph graph={graph}>
      <RunPanel />
    </InGraph>,
  )
  const again = await screen.findByRole('button', { name: 'Try again' })
  server.on('GET /api/graphs/g/runs', { body: { items: [], next: null } })
  fireEvent.click(again)
  expect(await screen.findByText('This graph has not run yet.')).toBeDefined()
})

it('starts a run, and while it goes offers to cancel it', async () => {
  render(
    <InGraph graph={graph}>
      <RunButton />
    </InGraph>,
  )
  fireEvent.click(screen.getByRole('button', { name: 'Run' }))
  await waitFor(() => expect(graph.run.id).toBe('r1'))
  act(() => setStatus('running'))
  fireEvent.click(await screen.findByRole('button', { name: 'Cancel run' }))
  await waitFor(() => expect(server.asked.at(-1)?.url.pathname).toBe('/api/runs/r1/cancel'))
  act(() => setStatus('cancelled'))
  expect(await screen.findByRole('button', { name: 'Run' })).toBeDefined()
})

it('WEB-12: keeps the keyboard at the one button that runs and cancels', async () => {
  render(
    <InGraph graph={graph}>
      <RunButton />
    </InGraph>,
  )
  const button = screen.getByRole('button', { name: 'Run' })
  button.focus()
  fireEvent.click(button)
  await waitFor(() => expect(graph.run.id).toBe('r1'))
  act(() => setStatus('running'))
  expect(await screen.findByRole('button', { name: 'Cancel run' })).toBe(document.activeElement)
  act(() => setStatus('cancelled'))
  expect(await screen.findByRole('button', { name: 'Run' })).toBe(document.activeElement)
})

it('WEB-44: leads to the Chat with which a cascade begins, and asks the server for no run of all of it', async () => {
  const { document, store, camera, selection } = graph
  act(() => {
    document.addNode('Chat', { id: 'chat', name: 'Question' })
    document.setMeta({ execution: 'cascade' })
    store.flush()
  })
  const asked: unknown[] = []
  const letGo = camera.operate((request) => asked.push(request), () => [0, 0])
  render(
    <InGraph graph={graph}>
      <RunButton />
      <Toasts />
      <div className="react-flow__node" data-id="chat">
        <textarea aria-label="Message to Question" />
      </div>
    </InGraph>,
  )
  fireEvent.click(screen.getByRole('button', { name: 'Run' }))
  expect(await screen.findByText('Say something in “Question”: that begins a run')).toBeDefined()
  await waitFor(() => expect(screen.getByLabelText('Message to Question')).toBe(globalThis.document.activeElement))
  expect(asked).toEqual([{ kind: 'bring', id: 'chat' }])
  expect([...selection.ids]).toEqual(['chat'])
  expect(server.asked.filter(({ method }) => method === 'POST')).toEqual([])
  letGo()
})

/** A Chat on which the LLM waits, and the button that runs both. */
function showChat(): void {
  const { document, store } = graph
  act(() => {
    document.addNode('Chat', { id: 'chat', name: 'Question' })
    document.connect({ id: 'ask', source: 'chat', sourcePort: 'message', target: 'llm', targetPort: 'input' })
    store.flush()
  })
  render(
    <InGraph graph={graph}>
      <RunButton />
      <Toasts />
    </InGraph>,
  )
}
const history = 'GET /api/graphs/g/nodes/chat/history'
const starts = () => server.asked.filter(({ method }) => method === 'POST')

it('WEB-44: leads to the Chat for which all else waits while nobody has said anything in it', async () => {
  server.on(history, { body: { items: [{ id: 'hello', ts: 1, role: 'assistant', content: 'Welcome' }] } })
  showChat()
  fireEvent.click(screen.getByRole('button', { name: 'Run' }))
  expect(await screen.findByText('Everything else here waits for what is said there.')).toBeDefined()
  expect([...graph.selection.ids]).toEqual(['chat'])
  expect(starts()).toEqual([])
})

const said = { body: { items: [{ id: 'hello', ts: 1, role: 'user', content: 'Hi' }] } }
const nothing = { body: { items: [] } }
it.each([
  ['something was said', said, () => {}],
  ['that was said before it was imported', nothing, () => graph.document.setParam('chat', 'history', [{ role: 'user', content: 'Hi' }])],
  ['another node waits for nothing', nothing, () => graph.document.addNode('Switch')],
  ['one runs though nothing reaches it', nothing, () => graph.document.updateNode('llm', { runWhen: 'always' })],
  ['it is not known', { status: 503, body: { title: 'Storage is away.' } }, () => {}],
])('WEB-44: runs a graph with a Chat where %s', async (_, answer, prepare) => {
  server.on(history, answer)
  showChat()
  act(() => {
    prepare()
    graph.store.flush()
  })
  fireEvent.click(screen.getByRole('button', { name: 'Run' }))
  await waitFor(() => expect(starts()).toHaveLength(1))
})

it('says why there is nothing to run, to whoever comes by keyboard, too', async () => {
  const { document, store } = graph
  act(() => {
    remove(document, store.nodes.map(({ id }) => id))
    store.flush()
  })
  render(
    <InGraph graph={graph}>
      <RunButton />
    </InGraph>,
  )
  const button = screen.getByRole('button', { name: 'Run' })
  expect(button.getAttribute('aria-disabled')).toBe('true')
  fireEvent.click(button)
  expect(server.asked).toEqual([])
  fireEvent.pointerEnter(button)
  expect((await screen.findByRole('tooltip')).textContent).toBe('Nothing to run yet: add a node')
})
