import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { fireEvent, render, screen, waitFor } from '@testing-library/react'
import type { ReactNode } from 'react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { FakeServer } from '@/api/FakeServer'
import '@/ui/jsdomShims'
import { violations } from '@/ui/violations'

import { InvitePage } from './InvitePage'
import { SharedLinkPage } from './SharedLinkPage'
import { SignIn } from './SignIn'

const ada = { id: 'ada', name: 'Ada', colour: '#2b7fe0', role: 'editor', kind: 'person', email: 'ada@example.org' }
const offer = { purpose: 'join', email: null, name: null, role: 'editor', graph: null, title: null, invitedBy: 'Grace', expiresAt: 2e9 }
const byToken = '/api/invitations/by-token/key'
const password = 'a mild evening in november'

let server: FakeServer
beforeEach(() => {
  server = new FakeServer()
    .on('GET /api/session/methods', { body: { token: true, password: true, oidc: { name: 'Keycloak' } } })
    .on('GET /api/me', { status: 401, body: { title: 'Not signed in' } })
    .on(`GET ${byToken}`, { body: offer })
    .on('GET /api/links/by-token/key', { body: { graph: 'g', title: 'Plan', role: 'runner', expiresAt: null } })
    .start()
})
afterEach(() => {
  server.stop()
})

function show(page: ReactNode): void {
  const cache = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  render(<QueryClientProvider client={cache}>{page}</QueryClientProvider>)
}
const type = (label: string, value: string) => fireEvent.change(screen.getByLabelText(label), { target: { value } })
const press = (name: string) => fireEvent.click(screen.getByRole('button', { name }))
const sent = (method: string) => server.asked.find((asked) => asked.method === method)?.body

it('WEB-20: signs in by password, and says beside the field what was wrong and what to do', async () => {
  server.on('POST /api/session', {
    status: 401,
    body: { title: 'Not signed in', detail: 'They don’t belong together.', advice: 'Ask for a link.' },
  })
  show(<SignIn />)
  type('Email', ' ada@example.org ')
  type('Password', 'wrong')
  press('Sign in')
  await waitFor(() => expect(screen.getByLabelText('Password').getAttribute('aria-invalid')).toBe('true'))
  expect(screen.getByRole('alert').textContent).toBe('They don’t belong together. Ask for a link.')
  expect(sent('POST')).toEqual({ email: 'ada@example.org', password: 'wrong' })
  expect(screen.getByLabelText('Email').getAttribute('autocomplete')).toBe('username')
  expect(screen.getByLabelText('Password').getAttribute('autocomplete')).toBe('current-password')
  expect(await violations()).toEqual([])
})

it('WEB-42: says beside each field what it lacks, is at the first of them, and falls silent where it is mended', async () => {
  show(<SignIn />)
  const [email, field] = [screen.getByLabelText('Email'), screen.getByLabelText('Password')]
  const said = (input: HTMLElement) => document.getElementById(input.getAttribute('aria-describedby') ?? '')?.textContent
  press('Sign in')
  expect([email, field].map(said)).toEqual(['Enter the email address of your account.', 'Enter your password.'])
  expect(document.activeElement).toBe(email)
  expect(await violations()).toEqual([])
  type('Email', 'ada')
  expect(said(email)).toContain('This is no email address.')
  type('Email', 'ada@example.org')
  expect(said(email)).toBeUndefined()
  expect(email.getAttribute('aria-invalid')).toBeNull()
  press('Sign in')
  expect(document.activeElement).toBe(field)
  expect(sent('POST')).toBeUndefined()
})

it('WEB-20: says when to come back to whoever tried too often', async () => {
  server.on('POST /api/session', { status: 429, body: { title: 'Too many', detail: 'Too many wrong tries.', retryAfter: 60 } })
  show(<SignIn />)
  type('Email', 'ada@example.org')
  type('Password', 'wrong')
  press('Sign in')
  await waitFor(() => expect(screen.getByRole('alert').textContent).toMatch(/^Too many wrong tries\. Try again after \d\d:\d\d:\d\d\.$/))
})

it('WEB-20: offers the other service, and the token quietly', async () => {
  server.on('POST /api/session', { body: ada })
  show(<SignIn />)
  const provider = await screen.findByRole('link', { name: 'Continue with Keycloak' })
  expect(provider.getAttribute('href')).toBe('/api/session/oidc?next=%2F')
  press('Use a token')
  type('Token', ' abc ')
  press('Sign in')
  await waitFor(() => expect(sent('POST')).toEqual({ token: 'abc' }))
})

it('warns when Caps Lock is on', () => {
  show(<SignIn />)
  fireEvent.keyDown(screen.getByLabelText('Password'), { key: 'A', modifierCapsLock: true })
  expect(screen.getByText('Caps Lock is on.')).toBeDefined()
})

it('WEB-21: makes an account of someone new, whose password will do', async () => {
  server.on(`POST ${byToken}/accept`, { body: { me: ada, graph: 'g' } })
  const leave = vi.fn()
  show(<InvitePage token="key" leave={leave} />)
  expect(await screen.findByText('Grace invites you to this workspace as an editor.')).toBeDefined()
  type('Name', 'Ada')
  type('Email', 'ada@example.org')
  type('Password', 'too short')
  expect(screen.getByRole('button', { name: 'Join' })).toHaveProperty('disabled', true)
  type('Password', password)
  expect(await violations()).toEqual([])
  press('Join')
  await waitFor(() => expect(leave).toHaveBeenCalledWith('/graphs/g'))
  expect(sent('POST')).toEqual({ name: 'Ada', email: 'ada@example.org', password })
})

it('WEB-21: asks nothing more of whoever is signed in to an account', async () => {
  server.on('GET /api/me', { body: ada }).on(`POST ${byToken}/accept`, { body: { me: ada, graph: null } })
  const leave = vi.fn()
  show(<InvitePage token="key" leave={leave} />)
  fireEvent.click(await screen.findByRole('button', { name: 'Accept' }))
  await waitFor(() => expect(leave).toHaveBeenCalledWith('/'))
  expect(sent('POST')).toEqual({})
})

it('WEB-21: does not accept for one person what is meant for another', async () => {
  server.on('GET /api/me', { body: ada }).on(`GET ${byToken}`, { body: { ...offer, email: 'bob@example.org' } })
  show(<InvitePage token="key" leave={vi.fn()} />)
  expect(await screen.findByText(/It is for bob@example.org/)).toBeDefined()
  expect(screen.queryByRole('button', { name: 'Accept' })).toBeNull()
})

it.each([
  ['accepted', 'This invitation was used already', /sign in with the password you chose\. If not, ask whoever sent it/],
  ['expired', 'This invitation has expired', /Ask whoever sent it for another/],
  ['revoked', 'This invitation was taken back', /Look for a newer one/],
  [undefined, 'There is no such invitation', /Copy the whole of it/],
])('WEB-28: says by what an invitation is over, %s, and what to do', async (ended, title, advice) => {
  server.on(`GET ${byToken}`, { status: 404, body: { title: 'Not found', ended } })
  show(<InvitePage token="key" leave={vi.fn()} />)
  expect(await screen.findByRole('heading', { name: title })).toBeDefined()
  expect(screen.getByText(advice)).toBeDefined()
  expect(await violations()).toEqual([])
})

it('sets a new password for whom the link was made', async () => {
  server
    .on(`GET ${byToken}`, { body: { ...offer, purpose: 'password', name: 'Ada', email: 'ada@example.org', role: null } })
    .on(`POST ${byToken}/accept`, { body: { me: ada, graph: null } })
  const leave = vi.fn()
  show(<InvitePage token="key" leave={leave} />)
  expect(await screen.findByRole('heading', { name: 'Choose a new password' })).toBeDefined()
  type('New password', password)
  press('Set password')
  await waitFor(() => expect(leave).toHaveBeenCalledWith('/'))
  expect(sent('POST')).toEqual({ password })
})

it('WEB-22: lets a stranger in by a link, with the name they choose', async () => {
  server
    .on('POST /api/links/by-token/key/open', { body: { me: ada, graph: 'g', role: 'runner' } })
    .on('PATCH /api/me', { body: ada })
  const leave = vi.fn()
  show(<SharedLinkPage token="key" leave={leave} />)
  expect(await screen.findByText(/You can look, comment and run/)).toBeDefined()
  type('Your name', 'Konrad')
  expect(await violations()).toEqual([])
  press('Open graph')
  await waitFor(() => expect(leave).toHaveBeenCalledWith('/graphs/g'))
  expect(sent('PATCH')).toEqual({ name: 'Konrad' })
})

it('WEB-22: leaves the name of whoever is signed in as it is, and says when a link opens nothing', async () => {
  server.on('GET /api/me', { body: ada }).on('POST /api/links/by-token/key/open', { body: { me: ada, graph: 'g', role: 'runner' } })
  const leave = vi.fn()
  show(<SharedLinkPage token="key" leave={leave} />)
  fireEvent.click(await screen.findByRole('button', { name: 'Open graph' }))
  await waitFor(() => expect(leave).toHaveBeenCalledWith('/graphs/g'))
  expect(sent('PATCH')).toBeUndefined()
})
