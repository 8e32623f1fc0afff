// WEB-16 to WEB-19 and WEB-43 of docs/spec.md.

import { act, fireEvent, render, screen, waitFor } from '@testing-library/react'
import type { ReactNode } from 'react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import * as Y from 'yjs'

import { FakeServer } from '@/api/FakeServer'
import { useUnreadNotifications } from '@/api/notifications'
import { showInEditor } from '@/commands/editorView'
import type { OpenGraph, Role } from '@/document/openGraph'
import { InGraph, openTestGraph } from '@/nodes/testGraph'
import '@/ui/jsdomShims'
import { violations } from '@/ui/violations'

import { CommentsPanel } from './CommentsPanel'
import { Composer } from './Composer'
import { emptyDraft } from './mentions'

let graph: OpenGraph
let server: FakeServer

const bo = { id: 'bo', name: 'Bo', colour: '#30a46c', kind: 'agent' }

/** As the server writes it. */
function begin(id: string, anchor: unknown, quote: string, body: string): void {
  const thread = new Y.Map<unknown>(Object.entries({ anchor, quote, state: 'open' }))
  const message = new Y.Map<unknown>(Object.entries({ id: `m-${id}`, author: bo, at: 1_700_000_000, body, reactions: new Y.Map() }))
  const messages = new Y.Array<unknown>()
  messages.push([message])
  thread.set('messages', messages)
  graph.discussion.doc.getMap('threads').set(id, thread)
  graph.discussion.flush()
}

function show(role: Role = 'editor', beside?: ReactNode) {
  graph = openTestGraph(role)
  graph.document.addNode('LLM', { id: 'llm', name: 'Answer' })
  graph.store.flush()
  begin('t1', { type: 'node', node: 'llm' }, 'Answer', 'Is **this** right? <img src=x>')
  begin('t2', { type: 'node', node: 'gone' }, 'Old one', 'Who needs it?')
  return render(
    <InGraph graph={graph}>
      {beside}
      <CommentsPanel />
    </InGraph>,
  )
}

function Told() {
  return <output>{useUnreadNotifications()}</output>
}

beforeEach(() => {
  sessionStorage.clear()
  showInEditor({ talk: null })
  server = new FakeServer()
    .on('PUT /api/graphs/g/threads/read', { status: 204 })
    .on('POST /api/graphs/g/threads/t1/messages', ({ body }) => ({ status: 201, body: { id: 'm', ...(body as object) } }))
    .start()
})
afterEach(() => {
  server.stop()
  graph.close()
})

it('lists what was said and where, and keeps what has lost its node under its old name', async () => {
  show()
  expect(screen.getByRole('button', { name: /Bo.*Is this right.*Answer/ })).toBeDefined()
  expect(screen.getByRole('button', { name: /Who needs it.*Old one.*no longer there/ })).toBeDefined()
  fireEvent.change(screen.getByRole('searchbox', { name: 'Search comments' }), { target: { value: 'needs' } })
  expect(screen.queryByRole('button', { name: /Is this right/ })).toBeNull()
  expect(await violations()).toEqual([])
})

it('says of a graph in which all is resolved that nothing is open', () => {
  show()
  act(() => {
    for (const thread of graph.discussion.doc.getMap<Y.Map<unknown>>('threads').values()) thread.set('state', 'resolved')
    graph.discussion.flush()
  })
  expect(screen.getByText('Nothing is open')).toBeDefined()
  fireEvent.click(screen.getByRole('button', { name: 'Show all' }))
  expect(screen.getByRole('button', { name: /Is this right/ })).toBeDefined()
})

it('opens a thread there, shows its Markdown without HTML, says who speaks, and calls it read', async () => {
  show()
  act(() => graph.discussion.setUnread(new Map([['t1', 1]])))
  fireEvent.click(screen.getByRole('button', { name: /Is this right/ }))
  expect(graph.selection.has('llm')).toBe(true)
  expect(screen.getByText('this').tagName).toBe('STRONG')
  expect(screen.getByText(/<img src=x>/)).toBeDefined()
  expect(screen.getByText('agent')).toBeDefined()
  await waitFor(() => expect(server.asked.find(({ method }) => method === 'PUT')?.body).toEqual({ threads: { t1: 'm-t1' } }))
  expect(graph.discussion.unreadTotal).toBe(0)
  expect(await violations()).toEqual([])
})

it('TALK-10: calls read what one was told of a thread that is shown, though nothing in it is unread', async () => {
  server.on('GET /api/notifications', { body: { items: [], next: null, unread: 1 } })
  show('editor', <Told />)
  fireEvent.click(screen.getByRole('button', { name: /Is this right/ }))
  await waitFor(() => expect(server.asked.find(({ method }) => method === 'PUT')?.body).toEqual({ threads: { t1: 'm-t1' } }))
})

it('keeps what was begun when it is left, and sends it with Ctrl and Enter', async () => {
  show()
  fireEvent.click(screen.getByRole('button', { name: /Is this right/ }))
  fireEvent.change(screen.getByRole('textbox', { name: 'Reply' }), { target: { value: 'Ask @bo', selectionStart: 7 } })
  fireEvent.click(screen.getByRole('button', { name: 'All comments' }))
  fireEvent.click(screen.getByRole('button', { name: /Is this right/ }))
  const field = screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Reply' })
  expect(field.value).toBe('Ask @bo')
  fireEvent.select(field, { target: { selectionStart: 7, selectionEnd: 7 } })
  fireEvent.keyDown(field, { key: 'Enter' })
  expect(field.value).toBe('Ask @Bo ')
  fireEvent.keyDown(field, { key: 'Enter', ctrlKey: true })
  await waitFor(() => expect(server.asked.at(-1)?.body).toEqual({ id: expect.stringMatching(/^\w{12}$/), body: 'Ask @[Bo](bo)' }))
  await waitFor(() => expect(field.value).toBe(''))
})

it('lists who can be called where the window has room (WEB-54)', () => {
  show()
  fireEvent.click(screen.getByRole('button', { name: /Is this right/ }))
  const field = screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Reply' })
  vi.spyOn(document.documentElement, 'clientHeight', 'get').mockReturnValue(600)
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(200)
  const box = vi.spyOn(HTMLElement.prototype, 'getBoundingClientRect')
  const topAt = (top: number) => {
    box.mockReturnValue(new DOMRect(0, top, 300, 40))
    fireEvent.change(field, { target: { value: 'Ask', selectionStart: 3 } })
    fireEvent.change(field, { target: { value: 'Ask @bo', selectionStart: 7 } })
    return screen.getByRole('listbox', { name: 'People' }).style.top
  }
  // Above the field, as long as that is in the window.
  expect([topAt(400), topAt(50)]).toEqual(['196px', '94px'])
  vi.restoreAllMocks()
})

it('WEB-18: shows what was begun to nobody else who signs in at this browser', () => {
  const { unmount } = show()
  fireEvent.click(screen.getByRole('button', { name: /Is this right/ }))
  fireEvent.change(screen.getByRole('textbox', { name: 'Reply' }), { target: { value: 'Between us' } })
  unmount()
  const bos = Object.create(graph, { me: { value: { ...graph.me, id: 'bo' } } }) as OpenGraph
  render(
    <InGraph graph={bos}>
      <CommentsPanel />
    </InGraph>,
  )
  expect(screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Reply' }).value).toBe('')
})

it('WEB-18: goes on behind what was begun', () => {
  show()
  const composer = (focused: boolean) => (
    <InGraph graph={graph}>
      <Composer draftKey="k" label="Edit" placeholder="" begin={{ ...emptyDraft, text: 'Say please' }} focused={focused} onSend={() => Promise.resolve()} />
    </InGraph>
  )
  const { rerender } = render(composer(false))
  const field = screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Edit' })
  field.setSelectionRange(0, 0)
  rerender(composer(true))
  expect(document.activeElement).toBe(field)
  expect(field.selectionStart).toBe('Say please'.length)
})

it('keeps the draft and says why when the server refuses', async () => {
  server.on('POST /api/graphs/g/threads/t1/messages', { status: 429, body: { title: 'Too many comments.', status: 429 } })
  show()
  fireEvent.click(screen.getByRole('button', { name: /Is this right/ }))
  const field = screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Reply' })
  fireEvent.change(field, { target: { value: 'Again' } })
  fireEvent.keyDown(field, { key: 'Enter', ctrlKey: true })
  expect((await screen.findByRole('alert')).textContent).toContain('Too many comments.')
  expect(field.value).toBe('Again')
})

it('sends the same again as the same (TALK-16), and what was changed meanwhile as something else', async () => {
  server.on('POST /api/graphs/g/threads/t1/messages', { status: 503, body: { title: 'Nothing can be stored.', status: 503 } })
  show()
  fireEvent.click(screen.getByRole('button', { name: /Is this right/ }))
  const field = screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Reply' })
  const said = () => server.asked.filter(({ method }) => method === 'POST').map(({ body }) => body as { id: string; body: string })
  for (const [times, value] of ['Again', 'Again', 'Again, then'].entries()) {
    fireEvent.change(field, { target: { value } })
    fireEvent.keyDown(field, { key: 'Enter', ctrlKey: true })
    await waitFor(() => expect(said()).toHaveLength(times + 1))
    await screen.findByRole('alert')
  }
  const ids = said().map(({ id }) => id)
  expect(ids[1]).toBe(ids[0])
  expect(ids[2]).not.toBe(ids[0])
})

describe('WEB-43: who is called and can’t see the graph', () => {
  const zoe = { id: 'zoe', name: 'Zoe', colour: '#30a46c', email: 'zoe@example.org', role: 'editor', disabled: false }
  const access = (people: object[]) => ({ visibility: 'private', mine: 'admin', people, links: [] })
  beforeEach(() => {
    server
      .on('GET /api/members', { body: { items: [zoe], next: null } })
      .on('GET /api/graphs/g/access', { body: access([]) })
      .on('PUT /api/graphs/g/access/people/zoe', { body: access([{ ...zoe, role: 'commenter', via: 'person' }]) })
  })
  const write = (role: Role) => {
    show(role)
    fireEvent.click(screen.getByRole('button', { name: /Is this right/ }))
    const field = screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Reply' })
    fireEvent.change(field, { target: { value: 'Ask @[Zoe](zoe)', selectionStart: 15 } })
    return field
  }

  it('is said to be so, and let in by who may share the graph, who goes on writing', async () => {
    const field = write('admin')
    expect(await screen.findByText('Zoe can’t see this graph, and won’t be told.')).toBeDefined()
    expect(await violations()).toEqual([])
    fireEvent.click(screen.getByRole('button', { name: 'Let Zoe comment' }))
    const status = (await screen.findByText('Zoe can comment on this graph now.')).closest('[role="status"]')
    expect(status).not.toBeNull()
    expect(server.asked.find(({ method }) => method === 'PUT')?.body).toEqual({ role: 'commenter' })
    expect(screen.queryByRole('button', { name: 'Let Zoe comment' })).toBeNull()
    expect(document.activeElement).toBe(field)
    fireEvent.change(field, { target: { value: 'Ask nobody', selectionStart: 10 } })
    expect(status?.textContent).toBe('')
  })

  it('is said to be so, and no more, to who may not share it', async () => {
    write('editor')
    expect(await screen.findByText('Zoe can’t see this graph, and won’t be told.')).toBeDefined()
    expect(screen.queryByRole('button', { name: /^Let/ })).toBeNull()
  })
})

it('lets a viewer read, and says why there is nothing to write in', async () => {
  show('viewer')
  fireEvent.click(screen.getByRole('button', { name: /Is this right/ }))
  expect(screen.queryByRole('textbox')).toBeNull()
  expect(screen.queryByRole('button', { name: 'Resolve' })).toBeNull()
  expect(screen.getByText(/You can read, not comment/)).toBeDefined()
  expect(await violations()).toEqual([])
})
