import { screen, render, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, it } from 'vitest'
import * as Y from 'yjs'

import { FakeServer } from '@/api/FakeServer'
import { useChangeMember, useMembers } from '@/api/people'
import type { OpenGraph } from '@/document/openGraph'
import { InGraph, openTestGraph } from '@/nodes/testGraph'

import { useMentionables } from './useMentionables'

const zoe = { id: 'zoe', name: 'Zoe', colour: '#30a46c', email: null, role: 'editor', createdAt: 1, seenAt: null, disabled: false, hasPassword: true }

let graph: OpenGraph
let server: FakeServer
beforeEach(() => {
  server = new FakeServer()
    .on('GET /api/members', { body: { items: [zoe], next: null } })
    .on('PATCH /api/members/zoe', { body: zoe })
    .start()
  graph = openTestGraph()
})
afterEach(() => {
  server.stop()
  graph.close()
})

const askedForMembers = () => server.asked.filter(({ method, url }) => method === 'GET' && url.pathname === '/api/members').length

function Composer() {
  return <p>Call {useMentionables().map(({ name, isOutside }) => (isOutside === true ? `(${name})` : name)).join(' ')}</p>
}

function People() {
  const members = useMembers()
  const change = useChangeMember()
  const names = members.data?.pages.flatMap(({ items }) => items.map(({ name }) => name))
  return <button onClick={() => change.mutate({ id: 'zoe', role: 'viewer' })}>Members {names}</button>
}

it('who can be called and who is a member are asked for apart, and both again when a member changed', async () => {
  render(
    <InGraph graph={graph}>
      <Composer />
      <People />
    </InGraph>,
  )
  expect(await screen.findByText('Call Zoe')).toBeDefined()
  const change = await screen.findByRole('button', { name: 'Members Zoe' })
  expect(askedForMembers()).toBe(2)
  change.click()
  await waitFor(() => expect(askedForMembers()).toBe(4))
})

it('tells who would not be told, as they can’t see the graph, and calls nobody who is shut out', async () => {
  const member = (id: string, more: object = {}) => ({ ...zoe, id, name: id, ...more })
  server.on('GET /api/members', { body: { items: [member('plain'), member('given'), member('chief', { role: 'admin' }), member('gone', { disabled: true })], next: null } })
  server.on('GET /api/graphs/g/access', { body: { visibility: 'private', mine: 'editor', people: [{ ...member('given'), via: 'person' }], links: [] } })
  const { unmount } = render(<InGraph graph={graph}>{<Composer />}</InGraph>)
  expect(await screen.findByText('Call (plain) given chief')).toBeDefined()
  unmount()
  server.on('GET /api/graphs/g/access', { body: { visibility: 'workspace', mine: 'editor', people: [], links: [] } })
  render(<InGraph graph={graph}>{<Composer />}</InGraph>)
  expect(await screen.findByText('Call plain given chief')).toBeDefined()
})

it('calls whoever was renamed by the name that they have now', async () => {
  const person = (id: string, name: string) => ({ id, name, colour: '#30a46c', kind: 'person' })
  const said = ['Gus', 'Gustav'].map((name, at) => {
    const message = { id: name, author: person('guest', name), at, body: 'Well', reactions: new Y.Map() }
    return new Y.Map<unknown>(Object.entries(message))
  })
  const thread = { anchor: { type: 'node', node: 'n' }, quote: '', state: 'open', messages: Y.Array.from(said) }
  graph.discussion.doc.getMap('threads').set('t', new Y.Map<unknown>(Object.entries(thread)))
  graph.discussion.flush()
  const { awareness } = graph.connection
  awareness.states.set(7, { user: person('zoe', 'Zora') })
  awareness.emit('change', [{ added: [7], updated: [], removed: [] }, 'test'])
  render(<InGraph graph={graph}>{<Composer />}</InGraph>)
  expect(await screen.findByText('Call Zoe Gustav')).toBeDefined()
})

it('asks again with the next comment when no members could be had, but not whom it does not tell', async () => {
  const page = (shown: boolean) => <InGraph graph={graph}>{shown && <Composer />}</InGraph>
  server.on('GET /api/members', { status: 503, body: { title: 'Storage is away.' } })
  const { rerender } = render(page(true))
  await waitFor(() => expect(askedForMembers()).toBe(1))
  server.on('GET /api/members', { body: { items: [zoe], next: null } })
  rerender(page(false))
  rerender(page(true))
  expect(await screen.findByText('Call Zoe')).toBeDefined()
})
