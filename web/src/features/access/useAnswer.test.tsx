import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { FakeServer } from '@/api/FakeServer'
import { keys } from '@/api/keys'
import { Toasts } from '@/ui/Toasts'
import '@/ui/jsdomShims'

import { useAnswer } from './useAnswer'

const grace = { id: 'grace', name: 'Grace', colour: '#30a46c', kind: 'person' }
const asked = { id: 'q1', asker: grace, role: 'editor', reason: '', at: 1, state: 'open', decider: null, decidedAt: null, given: null, note: '' }

let server: FakeServer
let cache: QueryClient
beforeEach(() => {
  server = new FakeServer().start()
  cache = new QueryClient({ defaultOptions: { queries: { retry: false } } })
})
afterEach(() => server.stop())

const answersWith = (request: object) => server.on('GET /api/graphs/g/access/requests', { body: { items: [request], next: null } })

function Here() {
  useAnswer('g', true)
  return <Toasts />
}

async function show(): Promise<void> {
  render(
    <QueryClientProvider client={cache}>
      <Here />
    </QueryClientProvider>,
  )
  await waitFor(() => expect(cache.getQueryData([...keys.accessRequests, 'g', 'own'])).toBeDefined())
}

it('WEB-27: an answer that comes while one is here is said, with the note', async () => {
  answersWith(asked)
  await show()
  answersWith({ ...asked, state: 'declined', decider: grace, note: 'after the freeze' })
  await cache.invalidateQueries({ queryKey: keys.accessRequests })
  expect(await screen.findByText('Grace declined your request to be an editor')).toBeDefined()
  expect(screen.getByText('after the freeze')).toBeDefined()
})

it('WEB-27: an answer of long ago is not said again', async () => {
  answersWith({ ...asked, role: 'runner', state: 'declined', decider: grace })
  await show()
  await cache.invalidateQueries({ queryKey: keys.accessRequests })
  expect(screen.queryByText('Grace declined your request to be a runner')).toBeNull()
})
