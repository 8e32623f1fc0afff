import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { FakeServer } from '@/api/FakeServer'
import type { GraphAccess } from '@/api/peopleShapes'
import type { OpenGraph } from '@/document/openGraph'
import { GraphContext } from '@/document/hooks'
import { openTestGraph } from '@/nodes/testGraph'
import '@/ui/jsdomShims'
import { violations } from '@/ui/violations'

import { candidates } from './candidates'
import { linkFacts } from './linkFacts'
import { ShareDialog } from './ShareDialog'

const person = (id: string, name: string, via: 'owner' | 'person' | 'link') =>
  ({ id, name, colour: '#30a46c', email: null, role: via === 'owner' ? 'admin' : 'viewer', via }) as const
const link = (id: string) => ({ id, role: 'viewer', createdBy: 'ada', createdAt: 1, expiresAt: null, opened: 1 }) as const
const zoe = { id: 'zoe', name: 'Zoe', colour: '#30a46c', email: 'zoe@example.org', role: 'editor', createdAt: 1, seenAt: null, disabled: false, hasPassword: true } as const

let graph: OpenGraph
let server: FakeServer
let access: GraphAccess
beforeEach(() => {
  access = {
    visibility: 'workspace',
    mine: 'admin',
    people: [person('ada', 'Ada', 'owner'), person('bob', 'Bob', 'person'), person('konrad', 'Konrad', 'link')],
    links: [link('l1')],
  }
  server = new FakeServer()
    .on('GET /api/me', { body: { id: 'ada', name: 'Ada', colour: '#2b7fe0', role: 'admin', kind: 'person' } })
    .on('GET /api/members', { body: { items: [zoe], next: null } })
    .on('GET /api/graphs/g/access', () => ({ body: access }))
    .on('GET /api/graphs/g/access/requests', { body: { items: [], next: null } })
    .on('PATCH /api/graphs/g/access', () => ({ body: { ...access, visibility: 'private' } }))
    .start()
  graph = openTestGraph()
})
afterEach(() => {
  server.stop()
  graph.close()
})

function show(role: 'admin' | 'viewer' = 'admin'): void {
  const cache = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  render(
    <QueryClientProvider client={cache}>
      <GraphContext value={graph.seenAs(role)}>
        <ShareDialog open onOpenChange={() => undefined} />
      </GraphContext>
    </QueryClientProvider>,
  )
}
const sent = (method: string) => server.asked.findLast((asked) => asked.method === method)
const choose = async (select: string, option: RegExp) => {
  fireEvent.click(await screen.findByRole('combobox', { name: select }))
  fireEvent.click(await screen.findByRole('option', { name: option }))
}

it('WEB-23: says who has the graph, and makes it private', async () => {
  show()
  expect(await screen.findByText('Every member has it, with the role that they have in the workspace.')).toBeDefined()
  expect(await violations()).toEqual([])
  await choose('Who may see this graph', /^Private/)
  expect(await screen.findByText('Only the people named here have it, and the admins of the workspace.')).toBeDefined()
  expect(sent('PATCH')?.body).toEqual({ visibility: 'private' })
})

it('WEB-23: gives a member the graph, by name', async () => {
  server.on('PUT /api/graphs/g/access/people/zoe', { body: access })
  show()
  await choose('Their role', /^Commenter/)
  fireEvent.change(screen.getByRole('searchbox', { name: 'Add people' }), { target: { value: 'zo' } })
  fireEvent.click(await screen.findByRole('button', { name: /^Zoe/ }))
  await waitFor(() => expect(sent('PUT')?.body).toEqual({ role: 'commenter' }))
})

it('WEB-23: invites an address that is no member’s, by a link to send', async () => {
  server.on('POST /api/invitations', { status: 201, body: { id: 'i', url: 'http://x/invite/k' } })
  show()
  fireEvent.change(await screen.findByRole('searchbox', { name: 'Add people' }), { target: { value: 'new@example.org' } })
  fireEvent.click(await screen.findByRole('button', { name: /Invite by link/ }))
  expect(await screen.findByDisplayValue('http://x/invite/k')).toBeDefined()
  expect(sent('POST')?.body).toEqual({ email: 'new@example.org', role: 'editor', graph: 'g' })
})

it('WEB-23: takes back what was given, and ends a link only when asked twice', async () => {
  server.on('DELETE /api/graphs/g/access/people/konrad', { status: 204 }).on('DELETE /api/graphs/g/links/l1', { status: 204 })
  show()
  await choose('Role of Konrad', /^Remove/)
  await waitFor(() => expect(sent('DELETE')?.url.pathname).toBe('/api/graphs/g/access/people/konrad'))
  fireEvent.click(screen.getByRole('button', { name: 'End link' }))
  const confirm = await screen.findByRole('dialog', { name: 'End this link?' })
  expect(confirm.textContent).toContain('whoever came by it is out at once')
  fireEvent.click(within(confirm).getByRole('button', { name: 'End link' }))
  await waitFor(() => expect(sent('DELETE')?.url.pathname).toBe('/api/graphs/g/links/l1'))
})

it('WEB-22: makes a link with a role and an end, and shows it once', async () => {
  server.on('POST /api/graphs/g/links', () => {
    access = { ...access, links: [link('l2'), ...access.links] }
    return { status: 201, body: { ...link('l2'), url: 'http://x/s/k' } }
  })
  show()
  await choose('Role of the link', /^Runner/)
  await choose('How long the link is good', /^Until it is ended/)
  fireEvent.click(screen.getByRole('button', { name: 'Create link' }))
  expect(await screen.findByDisplayValue('http://x/s/k')).toBeDefined()
  expect(sent('POST')?.body).toEqual({ role: 'runner' })
  fireEvent.click(screen.getByRole('combobox', { name: 'Role of the link' }))
  expect(screen.queryByRole('option', { name: /^Admin/ })).toBeNull()
})

it('WEB-22: a link that was ended is not offered to copy any more', async () => {
  access = { ...access, links: [] }
  server
    .on('POST /api/graphs/g/links', () => {
      access = { ...access, links: [link('l2')] }
      return { status: 201, body: { ...link('l2'), url: 'http://x/s/k' } }
    })
    .on('DELETE /api/graphs/g/links/l2', () => {
      access = { ...access, links: [] }
      return { status: 204 }
    })
  show()
  fireEvent.click(await screen.findByRole('button', { name: 'Create link' }))
  await screen.findByDisplayValue('http://x/s/k')
  fireEvent.click(screen.getByRole('button', { name: 'End link' }))
  const confirm = await screen.findByRole('dialog', { name: 'End this link?' })
  fireEvent.click(within(confirm).getByRole('button', { name: 'End link' }))
  await waitFor(() => expect(screen.queryByDisplayValue('http://x/s/k')).toBeNull())
})

it('WEB-23: says of whom one looks for that they have the graph already', async () => {
  show()
  fireEvent.change(await screen.findByRole('searchbox', { name: 'Add people' }), { target: { value: 'bo' } })
  expect(await screen.findByText('Bob has it already.')).toBeDefined()
  expect(screen.queryByText(/No member is called that/)).toBeNull()
})

it('WEB-23: shows whoever may not share who has the graph, and what they may themselves', async () => {
  access = { ...access, mine: 'viewer', links: [] }
  show('viewer')
  const dialog = await screen.findByRole('dialog')
  await within(dialog).findByText('Bob')
  expect(dialog.textContent).toContain('You are a viewer here: you can look.')
  expect(within(dialog).queryByRole('combobox', { name: /^Role of|^Who may/ })).toBeNull()
  expect(within(dialog).queryByRole('button', { name: 'Create link' })).toBeNull()
})

const asked = {
  id: 'q1',
  asker: { id: 'bob', name: 'Bob', colour: '#30a46c', kind: 'person' },
  role: 'editor',
  reason: 'to mend the prompt',
  at: 1,
  state: 'open',
  decider: null,
  decidedAt: null,
  given: null,
  note: '',
} as const
const requestsAre = (...items: object[]) => server.on('GET /api/graphs/g/access/requests', { body: { items, next: null } })

it('WEB-27: shows an admin who asks for what, who grants another role with a note', async () => {
  requestsAre(asked)
  server.on('PATCH /api/graphs/g/access/requests/q1', { body: { ...asked, state: 'granted', given: 'runner' } })
  show()
  const list = await screen.findByRole('list', { name: 'Requests' })
  expect(list.textContent).toContain('asks to be an editor')
  expect(list.textContent).toContain('to mend the prompt')
  expect(await violations()).toEqual([])
  await choose('Role for Bob', /^Runner/)
  fireEvent.change(screen.getByRole('textbox', { name: 'Note to Bob' }), { target: { value: ' running is enough ' } })
  requestsAre()
  fireEvent.click(screen.getByRole('button', { name: 'Grant' }))
  await waitFor(() => expect(screen.queryByRole('list', { name: 'Requests' })).toBeNull())
  expect(sent('PATCH')?.body).toEqual({ state: 'granted', role: 'runner', note: 'running is enough' })
})

it('WEB-27: lets an admin decline', async () => {
  requestsAre(asked)
  server.on('PATCH /api/graphs/g/access/requests/q1', { body: { ...asked, state: 'declined' } })
  show()
  fireEvent.click(await screen.findByRole('button', { name: 'Decline' }))
  await waitFor(() => expect(sent('PATCH')?.body).toEqual({ state: 'declined', note: '' }))
})

it('WEB-27: lets whoever may do less ask for a role above theirs, and take that back', async () => {
  access = { ...access, mine: 'commenter', links: [] }
  requestsAre()
  server
    .on('POST /api/graphs/g/access/requests', { status: 201, body: asked })
    .on('DELETE /api/graphs/g/access/requests/q1', { status: 204 })
  show('viewer')
  fireEvent.click(await screen.findByRole('combobox', { name: 'Role you ask for' }))
  expect(screen.getAllByRole('option').map((option) => option.textContent?.slice(0, 5))).toEqual(['Runne', 'Edito', 'Admin'])
  fireEvent.click(screen.getByRole('option', { name: /^Editor/ }))
  fireEvent.change(screen.getByRole('textbox', { name: 'What for' }), { target: { value: 'to mend the prompt' } })
  expect(await violations()).toEqual([])
  requestsAre(asked)
  fireEvent.click(screen.getByRole('button', { name: 'Ask' }))
  expect(await screen.findByText(/You asked to be an editor/)).toBeDefined()
  expect(sent('POST')?.body).toEqual({ role: 'editor', reason: 'to mend the prompt' })
  expect(await violations()).toEqual([])
  requestsAre()
  fireEvent.click(screen.getByRole('button', { name: 'Take it back' }))
  expect(await screen.findByRole('button', { name: 'Ask' })).toBeDefined()
})

it('WEB-27: nobody waits for a role that they have by now', async () => {
  access = { ...access, mine: 'editor', links: [] }
  requestsAre(asked)
  show('viewer')
  expect(await screen.findByRole('button', { name: 'Ask' })).toBeDefined()
  expect(screen.queryByText(/You asked to be/)).toBeNull()
})

it('WEB-27: says who declined and why, and lets one ask again', async () => {
  access = { ...access, mine: 'viewer', links: [] }
  requestsAre({ ...asked, state: 'declined', decider: { ...asked.asker, name: 'Grace' }, note: 'after the freeze' })
  show('viewer')
  expect(await screen.findByText('Grace declined your request to be an editor: “after the freeze”')).toBeDefined()
  expect(screen.getByRole('button', { name: 'Ask' })).toBeDefined()
})

it('offers members who have not been given the graph yet', () => {
  const shut = { ...zoe, id: 'y', name: 'Zora', disabled: true }
  expect(candidates([zoe, shut], [], 'zo')).toEqual([zoe])
  expect(candidates([zoe], [person('zoe', 'Zoe', 'person')], 'zo')).toEqual([])
  expect(candidates([zoe], [person('zoe', 'Zoe', 'link')], 'zo')).toEqual([zoe])
  expect(candidates([zoe], [], ' ')).toEqual([])
})

it('says of a link how many came by it, and until when it is good', () => {
  expect(linkFacts({ opened: 0, expiresAt: null })).toBe('not opened yet · until it is ended')
  expect(linkFacts({ opened: 2, expiresAt: 0 })).toMatch(/^opened by 2 people · until 1 Jan/)
})
