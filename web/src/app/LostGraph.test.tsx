import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { FakeServer } from '@/api/FakeServer'
import { keys } from '@/api/keys'
import { GraphContext } from '@/document/hooks'
import type { OpenGraph } from '@/document/openGraph'
import { openTestGraph } from '@/nodes/testGraph'
import { violations } from '@/ui/violations'

import { LostGraph } from './LostGraph'
import { useTitle } from './useTitle'

const me = (role: string) => ({ id: 'me', name: 'Ada', colour: '#2b7fe0', role, kind: 'person' })
const copies = { forgetCopy: () => undefined }

let server: FakeServer
beforeEach(() => {
  server = new FakeServer().start()
})
afterEach(() => {
  server.stop()
})

/** To whoever had a role when they came, and has another by now. */
async function show({ loaded, before = 'editor', role }: { loaded: boolean; before?: string; role: string }): Promise<void> {
  server.on('GET /api/me', { body: me(role) })
  const cache = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  cache.setQueryData(keys.me, me(before))
  const lost = { connection: { ...copies, loaded }, discussion: copies } as unknown as OpenGraph
  render(
    <QueryClientProvider client={cache}>
      <GraphContext value={lost}>
        <LostGraph />
      </GraphContext>
    </QueryClientProvider>,
  )
  await screen.findByRole('heading')
}

it.each([
  ['an admin, who has every graph there is', { loaded: true, before: 'admin', role: 'admin' }, 'This graph was deleted'],
  ['an admin who came by a wrong address', { loaded: false, before: 'admin', role: 'admin' }, 'There is no such graph'],
  ['whoever is no admin any more', { loaded: true, before: 'admin', role: 'editor' }, 'This graph is no longer shared with you'],
  ['anyone else', { loaded: false, role: 'editor' }, 'There is no such graph for you'],
])('ACCESS-8: says of a graph that is gone what is true for %s', async (_, who, title) => {
  await show(who)
  expect(screen.getByRole('heading').textContent).toBe(title)
  expect(await violations()).toEqual([])
})

it('calls the tab by no title as long as there is no graph', () => {
  const graph = openTestGraph()
  function Tab() {
    useTitle()
    return null
  }
  render(
    <GraphContext value={graph}>
      <Tab />
    </GraphContext>,
  )
  expect(document.title).toBe('Flowroom')
  graph.close()
})
