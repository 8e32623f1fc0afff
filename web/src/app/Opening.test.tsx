import { act, render, screen } from '@testing-library/react'
import { Suspense } from 'react'
import { afterEach, expect, it, vi } from 'vitest'

import { later, useInVain } from '@/ui/later'
import { violations } from '@/ui/violations'

import { Opening } from './Opening'

const realFetch = globalThis.fetch
afterEach(() => {
  vi.useRealTimers()
  globalThis.fetch = realFetch
  document.head.replaceChildren()
  useInVain.setState({ tries: 0, why: 'away' })
})

const pageOf = (build: string) => `<script type="module" crossorigin src="/assets/index-${build}.js"></script>`

it('WEB-30: says after some seconds that the server can’t be reached, and opens the page when it can', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true })
  let isThere = false
  const Page = later(() => (isThere ? Promise.resolve({ default: () => <p>The graph</p> }) : Promise.reject(new Error('gone'))))
  render(
    <Suspense fallback={<Opening />}>
      <Page />
    </Suspense>,
  )
  await act(() => vi.advanceTimersByTimeAsync(1500))
  expect(screen.getByRole('heading', { name: 'Opening Flowroom' })).toBeDefined()
  await act(() => vi.advanceTimersByTimeAsync(1500))
  expect(screen.getByRole('heading', { name: 'Flowroom can’t be reached' })).toBeDefined()
  expect(screen.getByRole('status').textContent).toContain('tried again')
  expect(await violations()).toEqual([])

  isThere = true
  await act(() => vi.advanceTimersByTimeAsync(1000))
  expect(screen.getByText('The graph')).toBeDefined()
})

it.each([
  ['updated', 'new', 200, 'Flowroom was updated'],
  ['whole but for a part', 'old', 200, 'This page can’t be opened'],
  ['behind a proxy that answers for it', 'new', 502, 'Flowroom can’t be reached'],
])('WEB-30: tells to reload when the server is there, and only then: %s', async (_, build, status, title) => {
  vi.useFakeTimers({ shouldAdvanceTime: true })
  document.head.innerHTML = pageOf('old')
  globalThis.fetch = () => Promise.resolve(new Response(pageOf(build), { status }))
  const Page = later<() => null>(() => Promise.reject(new Error('404')))
  const { unmount } = render(
    <Suspense fallback={<Opening />}>
      <Page />
    </Suspense>,
  )
  await act(() => vi.advanceTimersByTimeAsync(3000))
  expect(screen.getByRole('heading', { name: title })).toBeDefined()
  expect(screen.queryByRole('button', { name: 'Reload' }) !== null).toBe(status === 200)
  expect(await violations()).toEqual([])
  unmount()
})
