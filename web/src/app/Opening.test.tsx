import { act, render, screen } from '@testing-library/react'
import { Suspense } from 'react'
import { afterEach, expect, it, vi } from 'vitest'

import { later } from '@/ui/later'
import { violations } from '@/ui/violations'

import { Opening } from './Opening'

afterEach(() => {
  vi.useRealTimers()
})

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
