import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { renderHook, waitFor } from '@testing-library/react'
import type { ReactNode } from 'react'
import { afterEach, expect, it, vi } from 'vitest'

import { FakeServer } from './FakeServer'
import { useEvents } from './runs'
import type { RunEvent } from './shapes'

const event = (seq: number, type: RunEvent['type']): RunEvent => ({ seq, at: seq, type, node: null, iteration: 0, attempt: 0, payload: null })

const told: RunEvent[] = []
const server = new FakeServer()
  .on('GET /api/runs/r1/events', ({ url }) => {
    const after = Number(url.searchParams.get('after'))
    return { body: { items: told.filter(({ seq }) => seq > after), next: null } }
  })
  .start()
afterEach(() => {
  vi.useRealTimers()
  server.stop()
})

it('asks for the events of a run until its end is among them, also when the run is known to be over before', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true })
  told.push(event(1, 'run.started'))
  const cache = new QueryClient()
  const wrapper = ({ children }: { children: ReactNode }) => <QueryClientProvider client={cache}>{children}</QueryClientProvider>
  const { result, rerender } = renderHook(({ live }) => useEvents('r1', live).data?.map(({ type }) => type), { wrapper, initialProps: { live: true } })
  await waitFor(() => expect(result.current).toEqual(['run.started']))

  rerender({ live: false })
  told.push(event(2, 'run.finished'))
  await vi.advanceTimersByTimeAsync(1000)
  await waitFor(() => expect(result.current).toEqual(['run.started', 'run.finished']))

  const asked = server.asked.length
  await vi.advanceTimersByTimeAsync(5000)
  expect(server.asked).toHaveLength(asked)
})
