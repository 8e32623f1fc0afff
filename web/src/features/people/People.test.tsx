import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import type { ReactNode } from 'react'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { FakeServer } from '@/api/FakeServer'
import type { Member } from '@/api/peopleShapes'
import type { Me } from '@/api/shapes'
import '@/ui/jsdomShims'
import { violations } from '@/ui/violations'

import { Account } from './Account'
import { People } from './People'

const me: Me = { id: 'ada', name: 'Ada', colour: '#2b7fe0', role: 'admin', kind: 'person', email: 'ada@example.org' }
const member = (id: string, name: string, role: Member['role'] = 'editor'): Member => ({
  id,
  name,
  colour: '#30a46c',
  email: `${id}@example.org`,
  role,
  createdAt: 1,
  seenAt: null,
  disabled: false,
  hasPassword: true,
})

let server: FakeServer
let members: Member[]
beforeEach(() => {
  members = [member('grace', 'Grace'), member('ada', 'Ada', 'admin')]
  server = new FakeServer()
    .on('GET /api/members', () => ({ body: { items: members, next: null } }))
    .on('GET /api/invitations', { body: { items: [] } })
    .on('GET /api/tokens', { body: { items: [] } })
    .on('GET /api/graphs', { body: { items: [{ id: 'g', title: 'Plan' }], next: null } })
    .start()
})
afterEach(() => {
  server.stop()
})

function show(page: ReactNode): void {
  const cache = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  render(<QueryClientProvider client={cache}>{page}</QueryClientProvider>)
}
const sent = (method: string) => server.asked.findLast((asked) => asked.method === method)
const choose = async (select: string, option: RegExp) => {
  fireEvent.click(await screen.findByRole('combobox', { name: select }))
  fireEvent.click(await screen.findByRole('option', { name: option }))
}

it('WEB-24: lists members, finds one, and gives another role; one’s own can’t be taken from oneself', async () => {
  server.on('PATCH /api/members/grace', { body: member('grace', 'Grace', null) })
  show(<People me={me} />)
  await choose('Role of Grace', /^Guest/)
  await waitFor(() => expect(sent('PATCH')?.body).toEqual({ role: null }))
  expect(screen.getByRole('combobox', { name: 'Role of Ada' })).toHaveProperty('disabled', true)
  expect(await violations()).toEqual([])
  fireEvent.change(screen.getByRole('searchbox'), { target: { value: 'zoe' } })
  expect(await screen.findByText('Nobody matches “zoe”')).toBeDefined()
})

it('WEB-24: names what is lost before it removes someone', async () => {
  server.on('DELETE /api/members/grace', () => {
    members = [member('ada', 'Ada', 'admin')]
    return { status: 204 }
  })
  show(<People me={me} />)
  fireEvent.click(await screen.findByRole('button', { name: 'Actions for Grace' }))
  fireEvent.click(screen.getByRole('menuitem', { name: 'Remove…' }))
  const dialog = await screen.findByRole('dialog', { name: 'Remove Grace?' })
  expect(dialog.textContent).toContain('every graph that was shared with it are lost')
  fireEvent.click(within(dialog).getByRole('button', { name: 'Remove' }))
  await waitFor(() => expect(screen.queryByText('grace@example.org')).toBeNull())
})

it('ACCESS-16: names the tokens that someone would leave behind, and revokes them in the same step', async () => {
  members = [member('grace', 'Grace', 'admin'), member('ada', 'Ada', 'admin')]
  const tokens = [{ id: 't', name: 'Nightly', role: 'editor', kind: 'bot', usedAt: null }]
  const refusal = { status: 409, body: { title: 'Conflict', status: 409, detail: 'They leave tokens.', tokens } }
  server.on('PATCH /api/members/grace', ({ body }) => ('tokens' in (body as object) ? { body: member('grace', 'Grace') } : refusal))
  show(<People me={me} />)
  await choose('Role of Grace', /^Editor/)
  const dialog = await screen.findByRole('dialog', { name: 'What becomes of the tokens of Grace?' })
  expect(dialog.textContent).toContain('Nightly')
  expect(await violations()).toEqual([])
  fireEvent.click(within(dialog).getByRole('button', { name: 'Revoke them' }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  expect(sent('PATCH')?.body).toEqual({ role: 'editor', tokens: 'revoke' })
})

it('ACCESS-16: asks about the tokens of who is removed, too, and keeps them when told so', async () => {
  server.on('DELETE /api/members/grace', ({ url }) => {
    if (url.searchParams.get('tokens') === 'keep') return { status: 204 }
    return { status: 409, body: { title: 'Conflict', status: 409, tokens: [{ id: 't', name: 'Nightly', kind: 'bot', usedAt: 1 }] } }
  })
  show(<People me={me} />)
  fireEvent.click(await screen.findByRole('button', { name: 'Actions for Grace' }))
  fireEvent.click(screen.getByRole('menuitem', { name: 'Remove…' }))
  fireEvent.click(within(await screen.findByRole('dialog', { name: 'Remove Grace?' })).getByRole('button', { name: 'Remove' }))
  fireEvent.click(await screen.findByRole('button', { name: 'Keep them' }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  expect(sent('DELETE')?.url.search).toBe('?tokens=keep')
})

it('ACCESS-16: asks about the tokens that were made with one that is revoked', async () => {
  const ops = { id: 'ops', name: 'Ops', colour: '#087f5b', role: 'admin', kind: 'bot', graphs: [], createdAt: 1, expiresAt: null, usedAt: 1 }
  server.on('GET /api/tokens', { body: { items: [ops] } })
  server.on('DELETE /api/tokens/ops', ({ url }) => {
    if (url.searchParams.get('tokens') === 'revoke') return { status: 204 }
    return { status: 409, body: { title: 'Conflict', status: 409, tokens: [{ id: 't', name: 'Copy', kind: 'bot', usedAt: 1 }] } }
  })
  show(<People me={me} />)
  fireEvent.click(screen.getByRole('tab', { name: 'Tokens' }))
  fireEvent.click(await screen.findByRole('button', { name: 'Revoke Ops' }))
  fireEvent.click(within(await screen.findByRole('dialog', { name: 'Revoke the token “Ops”?' })).getByRole('button', { name: 'Revoke' }))
  const dialog = await screen.findByRole('dialog', { name: 'What becomes of the tokens of Ops?' })
  expect(dialog.textContent).toContain('Copy')
  fireEvent.click(within(dialog).getByRole('button', { name: 'Revoke them' }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  expect(sent('DELETE')?.url.search).toBe('?tokens=revoke')
})

it('ACCESS-16: asks of tokens and links in one window, of each by itself, and does all in one step', async () => {
  members = [member('grace', 'Grace', 'admin'), member('ada', 'Ada', 'admin')]
  const left = {
    tokens: [{ id: 't', name: 'Nightly', role: 'editor', kind: 'bot', usedAt: null }],
    links: [
      { id: 'l', graph: 'g', title: 'Plans', role: 'editor', opened: 2 },
      { id: 'm', graph: 'h', title: 'Notes', role: 'viewer', opened: 0 },
    ],
  }
  server.on('PATCH /api/members/grace', ({ body }) => {
    const unsaid = Object.entries(left).filter(([what]) => !(what in (body as object)))
    if (unsaid.length === 0) return { body: member('grace', 'Grace') }
    return { status: 409, body: { title: 'Conflict', status: 409, detail: 'They leave something.', ...Object.fromEntries(unsaid) } }
  })
  show(<People me={me} />)
  await choose('Role of Grace', /^Editor/)
  const dialog = await screen.findByRole('dialog', { name: 'What becomes of the tokens and links of Grace?' })
  expect(dialog.textContent).toContain('Nightly')
  expect(dialog.textContent).toContain('PlansEditor, opened 2 times')
  expect(dialog.textContent).toContain('NotesViewer, not opened yet')
  expect(await violations()).toEqual([])
  const goOn = within(dialog).getByRole('button', { name: 'Go on' })
  await choose('Tokens', /^Keep/)
  expect(goOn).toHaveProperty('disabled', true)
  await choose('Links', /^Revoke/)
  fireEvent.click(goOn)
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  expect(sent('PATCH')?.body).toEqual({ role: 'editor', tokens: 'keep', links: 'revoke' })
  expect(server.asked.filter(({ method }) => method === 'PATCH')).toHaveLength(2)
})

it('ACCESS-16: asks once more of what was made while one was asked, and forgets nothing that was said', async () => {
  members = [member('grace', 'Grace', 'admin'), member('ada', 'Ada', 'admin')]
  const left = {
    tokens: [{ id: 't', name: 'Nightly', role: 'editor', kind: 'bot', usedAt: null }],
    links: [{ id: 'l', graph: 'g', title: 'Plans', role: 'editor', opened: 2 }],
  }
  server.on('PATCH /api/members/grace', ({ body }) => {
    const what = (['tokens', 'links'] as const).find((what) => !(what in (body as object)))
    if (what === undefined) return { body: member('grace', 'Grace') }
    return { status: 409, body: { title: 'Conflict', status: 409, detail: `They leave ${what}.`, [what]: left[what] } }
  })
  show(<People me={me} />)
  await choose('Role of Grace', /^Editor/)
  const first = await screen.findByRole('dialog', { name: 'What becomes of the tokens of Grace?' })
  fireEvent.click(within(first).getByRole('button', { name: 'Keep them' }))
  const second = await screen.findByRole('dialog', { name: 'What becomes of the links of Grace?' })
  expect(second.textContent).toContain('PlansEditor, opened 2 times')
  fireEvent.click(within(second).getByRole('button', { name: 'Revoke them' }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  expect(sent('PATCH')?.body).toEqual({ role: 'editor', tokens: 'keep', links: 'revoke' })
})

it('WEB-24: makes a link for a new password, and shows it once', async () => {
  server.on('POST /api/members/grace/password-link', { status: 201, body: { url: 'http://x/invite/k', expiresAt: 1 } })
  show(<People me={me} />)
  fireEvent.click(await screen.findByRole('button', { name: 'Actions for Grace' }))
  fireEvent.click(screen.getByRole('menuitem', { name: 'Link for a new password…' }))
  expect(await screen.findByDisplayValue('http://x/invite/k')).toBeDefined()
})

it('WEB-24: teaches when there are no members, invitations or tokens yet', async () => {
  members = []
  show(<People me={me} />)
  expect(await screen.findByText('Nobody has an account yet')).toBeDefined()
  fireEvent.click(screen.getByRole('tab', { name: 'Tokens' }))
  expect(await screen.findByText('No tokens yet')).toBeDefined()
  fireEvent.click(screen.getByRole('tab', { name: 'Invitations' }))
  expect(await screen.findByText('No open invitations')).toBeDefined()
  expect(await violations()).toEqual([])
})

it('WEB-24: invites with a role, and shows the link once', async () => {
  server.on('POST /api/invitations', { status: 201, body: { id: 'i', url: 'http://x/invite/k' } })
  show(<People me={me} />)
  fireEvent.click(screen.getByRole('tab', { name: 'Invitations' }))
  fireEvent.click(await screen.findByRole('button', { name: 'Invite' }))
  fireEvent.change(screen.getByLabelText('Email'), { target: { value: 'bob@example.org' } })
  fireEvent.click(screen.getByRole('button', { name: 'Make the invitation' }))
  expect(await screen.findByDisplayValue('http://x/invite/k')).toBeDefined()
  expect(sent('POST')?.body).toEqual({ role: 'editor', email: 'bob@example.org' })
})

it('WEB-42: says in the form of an invitation what is wrong with the address', async () => {
  show(<People me={me} />)
  fireEvent.click(screen.getByRole('tab', { name: 'Invitations' }))
  fireEvent.click(await screen.findByRole('button', { name: 'Invite' }))
  const field = await screen.findByLabelText('Email')
  fireEvent.change(field, { target: { value: 'zoe at example.org' } })
  fireEvent.click(screen.getByRole('button', { name: 'Make the invitation' }))
  const said = screen.getByText('This is no email address. One looks like ada@example.org.')
  expect(field.getAttribute('aria-describedby')).toBe(said.id)
  expect(document.activeElement).toBe(field)
  expect(sent('POST')).toBeUndefined()
})

it('WEB-24: makes a token for some graphs and some time', async () => {
  server.on('POST /api/tokens', { status: 201, body: { id: 't', token: 'secret' } })
  show(<People me={me} />)
  fireEvent.click(screen.getByRole('tab', { name: 'Tokens' }))
  fireEvent.click(await screen.findByRole('button', { name: 'New token' }))
  fireEvent.change(screen.getByLabelText('Name'), { target: { value: 'Importer' } })
  await choose('Graphs', /^Only some/)
  expect(screen.getByRole('button', { name: 'Make the token' })).toHaveProperty('disabled', true)
  fireEvent.click(await screen.findByRole('checkbox', { name: 'Plan' }))
  fireEvent.click(screen.getByRole('button', { name: 'Make the token' }))
  expect(await screen.findByDisplayValue('secret')).toBeDefined()
  expect(sent('POST')?.body).toEqual({ name: 'Importer', kind: 'bot', role: 'editor', expiresInDays: 90, graphs: ['g'] })
})

const session = (id: string, current: boolean) => ({ id, method: 'password', agent: 'curl/8', createdAt: 1, seenAt: 1, expiresAt: 9e9, current })

it('WEB-20: changes the password, and says beside the field what was refused', async () => {
  server
    .on('GET /api/me/sessions', { body: { items: [session('a', true)] } })
    .on('PUT /api/me/password', { status: 403, body: { title: 'Not allowed', detail: 'The current password is not right.' } })
  show(<Account me={me} />)
  fireEvent.change(screen.getByLabelText('Current password'), { target: { value: 'wrong' } })
  fireEvent.change(screen.getByLabelText('New password'), { target: { value: 'a mild evening in november' } })
  fireEvent.click(screen.getByRole('button', { name: 'Change password' }))
  expect(await screen.findByText('The current password is not right.')).toBeDefined()
  expect(await violations()).toEqual([])
})

it('WEB-42: is at the new password when it is the one that will not do', () => {
  show(<Account me={me} />)
  fireEvent.change(screen.getByLabelText('Current password'), { target: { value: 'the old one' } })
  fireEvent.change(screen.getByLabelText('New password'), { target: { value: 'short' } })
  fireEvent.click(screen.getByRole('button', { name: 'Change password' }))
  expect(document.activeElement).toBe(screen.getByLabelText('New password'))
  expect(sent('PUT')).toBeUndefined()
})

it('WEB-20: leads an admin without an account to where they invite themselves', async () => {
  server.on('GET /api/me/sessions', { body: { items: [] } })
  show(<Account me={{ ...me, email: null }} />)
  expect((await screen.findByRole('link', { name: 'People' })).getAttribute('href')).toBe('/people')
})

it('WEB-20: shows where one is signed in, and ends all other sessions', async () => {
  let sessions = [session('b', false), session('a', true), session('c', false)]
  server.on('GET /api/me/sessions', () => ({ body: { items: sessions } }))
  for (const id of ['b', 'c']) {
    server.on(`DELETE /api/me/sessions/${id}`, () => {
      sessions = sessions.filter((one) => one.id !== id)
      return { status: 204 }
    })
  }
  show(<Account me={{ ...me, email: null, role: null }} />)
  expect(screen.getByText(/there is no password to change. An admin .* can invite you/)).toBeDefined()
  const list = await screen.findByRole('list', { name: 'Sessions' })
  expect(within(list).getAllByRole('listitem')[0]?.textContent).toContain('This browser')
  fireEvent.click(screen.getByRole('button', { name: 'End all others' }))
  await waitFor(() => expect(within(list).getAllByRole('listitem')).toHaveLength(1))
})
