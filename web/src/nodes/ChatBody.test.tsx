import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type * as Y from 'yjs'

import { FakeServer } from '@/api/FakeServer'
import type { OpenGraph } from '@/document/openGraph'
import '@/ui/jsdomShims'
import { violations } from '@/ui/violations'

import { ChatBody } from './ChatBody'
import { LogBody } from './LogBody'
import { InGraph, openTestGraph } from './testGraph'

let graph: OpenGraph
let server: FakeServer

beforeEach(() => {
  server = new FakeServer()
    .on('GET /api/graphs/g/nodes/chat/history', {
      body: { items: [{ id: 'b', role: 'assistant', content: 'From an earlier run', ts: 2 }] },
    })
    .on('GET /api/graphs/g/nodes/log/history', {
      body: {
        items: [
          { id: 'l', preview: '{"total":3}', kind: 'json', ts: 2, raw: { total: 3 } },
          { id: 'm', preview: 'plain', kind: 'text', ts: 3 },
        ],
      },
    })
    .start()
  graph = openTestGraph()
  graph.document.addNode('Chat', {
    id: 'chat',
    params: { history: [{ id: 'a', role: 'user', content: 'Imported', ts: 1 }] },
  })
  graph.document.addNode('Log', { id: 'log' })
  graph.store.flush()
})
afterEach(() => {
  server.stop()
  graph.close()
})

it('shows what an import brought and what the server kept as one conversation', async () => {
  render(
    <InGraph graph={graph}>
      <ChatBody id="chat" />
    </InGraph>,
  )
  await screen.findByText('From an earlier run')
  const words = screen.getByRole('group', { name: /Messages/ }).textContent ?? ''
  expect(words.indexOf('Imported')).toBeLessThan(words.indexOf('From an earlier run'))
  expect(await violations()).toEqual([])
})

it.each([
  ['Chat', 'new', <ChatBody id="new" />],
  ['Log', 'log', <LogBody id="log" />],
])('WEB-30: a %s whose entries could not be loaded offers to try again', async (type, id, body) => {
  if (type === 'Chat') graph.document.addNode(type, { id })
  graph.store.flush()
  const route = `GET /api/graphs/g/nodes/${id}/history`
  server.on(route, { status: 503 })
  render(<InGraph graph={graph}>{body}</InGraph>)
  const again = await screen.findByRole('button', { name: 'Try again' })
  expect(await violations()).toEqual([])
  server.on(route, { body: { items: [{ id: 'l', role: 'assistant', content: 'From before', preview: 'From before', kind: 'text', ts: 2 }] } })
  fireEvent.click(again)
  expect(await screen.findAllByText('From before')).not.toEqual([])
})

it.each([
  ['chat', <ChatBody id="chat" />],
  ['log', <LogBody id="log" />],
])('WEB-11: a failed %s says why', async (id, body) => {
  graph.run.show('r1')
  const doc = graph.run.store?.doc as Y.Doc
  const error = { type: 'NotConnected', message: "The required input 'Entries' isn't connected: draw an edge to it." }
  doc.getMap('nodes').set(id, { status: 'failed', iteration: 0, attempt: 0, started: null, finished: 2, preview: null, error, progress: null, usage: null })
  graph.run.store?.flush()
  render(<InGraph graph={graph}>{body}</InGraph>)
  expect(await screen.findByText(error.message)).toBeDefined()
  expect(await violations()).toEqual([])
})

it('starts a run at this node with the message', async () => {
  server.on('POST /api/graphs/g/runs', { status: 201, body: { id: 'r1' } })
  render(
    <InGraph graph={graph}>
      <ChatBody id="chat" />
    </InGraph>,
  )
  const input = screen.getByRole('textbox', { name: /Message to/ })
  fireEvent.change(input, { target: { value: ' Hello ' } })
  fireEvent.keyDown(input, { key: 'Enter' })
  await screen.findByText('Hello')
  await waitFor(() => expect(graph.run.id).toBe('r1'))
  const asked = server.asked.find(({ method }) => method === 'POST')
  expect(asked?.body).toEqual({ start: 'chat', message: 'Hello', key: expect.any(String) })
})

it('gives the words back when they could not be sent', async () => {
  server.on('POST /api/graphs/g/runs', { status: 409, body: { title: 'Not now' } })
  render(
    <InGraph graph={graph}>
      <ChatBody id="chat" />
    </InGraph>,
  )
  const input = screen.getByRole<HTMLTextAreaElement>('textbox', { name: /Message to/ })
  fireEvent.change(input, { target: { value: 'Hello' } })
  fireEvent.click(screen.getByRole('button', { name: 'Send' }))
  await waitFor(() => expect(input.value).toBe('Hello'))
  expect(graph.run.id).toBeUndefined()
})

it('WEB-18: keeps a message that is being written while its node is out of view', () => {
  const chat = (
    <InGraph graph={graph}>
      <ChatBody id="chat" />
    </InGraph>
  )
  const field = () => screen.getByRole<HTMLTextAreaElement>('textbox', { name: /Message to/ })
  const { unmount } = render(chat)
  fireEvent.change(field(), { target: { value: 'Half a thou' } })
  unmount()
  render(chat)
  expect(field().value).toBe('Half a thou')

  // Whoever signs in next at this browser is another.
  cleanup()
  const bos = Object.create(graph, { me: { value: { ...graph.me, id: 'bo' } } }) as OpenGraph
  render(
    <InGraph graph={bos}>
      <ChatBody id="chat" />
    </InGraph>,
  )
  expect(field().value).toBe('')
})

it('says again under its key what may have arrived, and the next message under another', async () => {
  const keys: string[] = []
  const answers = [502, 201, 201]
  server.on('POST /api/graphs/g/runs', ({ body }) => {
    keys.push((body as { key: string }).key)
    return { status: answers[keys.length - 1] ?? 500, body: { id: `r${String(keys.length)}`, title: 'Bad gateway' } }
  })
  render(
    <InGraph graph={graph}>
      <ChatBody id="chat" />
    </InGraph>,
  )
  const input = screen.getByRole<HTMLTextAreaElement>('textbox', { name: /Message to/ })
  const send = () => fireEvent.keyDown(input, { key: 'Enter' })
  fireEvent.change(input, { target: { value: 'Hello' } })
  send()
  await waitFor(() => expect(input.value).toBe('Hello'))
  send()
  await waitFor(() => expect(graph.run.id).toBe('r2'))
  fireEvent.change(input, { target: { value: 'Hello' } })
  send()
  await waitFor(() => expect(graph.run.id).toBe('r3'))
  expect(keys[1]).toBe(keys[0])
  expect(keys[2]).not.toBe(keys[0])
})

it('filters a log by what is written', async () => {
  render(
    <InGraph graph={graph}>
      <LogBody id="log" />
    </InGraph>,
  )
  await screen.findByText('plain', { selector: 'summary *' })
  fireEvent.change(screen.getByRole('searchbox'), { target: { value: 'TOTAL' } })
  act(() => undefined)
  expect(screen.queryByText('plain', { selector: 'summary *' })).toBeNull()
  expect(screen.getByText('{"total":3}', { selector: 'summary *' })).toBeDefined()
  expect(await violations()).toEqual([])
})

it.each([
  ['Chat', <ChatBody id="chat" />],
  ['Log', <LogBody id="log" />],
])('leaves shortcuts of the page to it in the field of a %s, and goes from there to the card with Escape', async (type, body) => {
  const heard: string[] = []
  const hear = ({ key }: KeyboardEvent) => heard.push(key)
  const focus = vi.spyOn(graph.camera, 'focus')
  window.addEventListener('keydown', hear)
  render(<InGraph graph={graph}>{body}</InGraph>)
  const field = await screen.findByRole(type === 'Chat' ? 'textbox' : 'searchbox')
  act(() => field.focus())
  fireEvent.keyDown(field, { key: 'e' })
  fireEvent.keyDown(field, { key: 'j', ctrlKey: true })
  fireEvent.keyDown(field, { key: 'k', metaKey: true })
  expect(heard).toEqual(['j', 'k'])
  fireEvent.keyDown(field, { key: 'Escape' })
  expect(document.activeElement).toBe(document.body)
  expect(focus).toHaveBeenCalledWith(type.toLowerCase())
  window.removeEventListener('keydown', hear)
})
