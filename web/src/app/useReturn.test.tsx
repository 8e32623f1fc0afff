import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query'
import { act, render, screen } from '@testing-library/react'
import { expect, it } from 'vitest'

import { FakeServer } from '@/api/FakeServer'
import { useRuns } from '@/api/runs'
import type { ConnectionState } from '@/document/connection'
import { GraphContext } from '@/document/hooks'
import type { OpenGraph } from '@/document/openGraph'

import { useReturn } from './useReturn'

/** A connection that is as a test says. */
class FakeConnection {
  state: ConnectionState = { kind: 'saved' }
  private listener: (() => void) | undefined

  subscribe = (listener: () => void) => {
    this.listener = listener
    return () => undefined
  }

  become(state: ConnectionState): void {
    this.state = state
    this.listener?.()
  }
}

it('WEB-30: what could not be loaded while the server was gone is asked for when it is back, and nothing else', async () => {
  const connection = new FakeConnection()
  const server = new FakeServer().on('GET /api/graphs/g/runs', { status: 503 }).start()
  let others = 0
  function Panel() {
    useReturn()
    useQuery({ queryKey: ['fine'], queryFn: () => ++others })
    const runs = useRuns('g')
    return <p>{runs.status}</p>
  }
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <GraphContext value={{ connection } as unknown as OpenGraph}>
        <Panel />
      </GraphContext>
    </QueryClientProvider>,
  )
  expect(await screen.findByText('error')).toBeDefined()
  act(() => connection.become({ kind: 'offline', edits: 1 }))
  server.on('GET /api/graphs/g/runs', { body: { items: [], next: null } })
  act(() => connection.become({ kind: 'connecting' }))
  expect(server.asked).toHaveLength(1)
  act(() => connection.become({ kind: 'saving', edits: 1 }))
  expect(await screen.findByText('success')).toBeDefined()
  act(() => connection.become({ kind: 'saved' }))
  expect(server.asked).toHaveLength(2)
  expect(others).toBe(1)
  server.stop()
})
