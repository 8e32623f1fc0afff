import { fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { GraphContext } from '@/document/hooks'
import type { OpenGraph } from '@/document/openGraph'
import type { Space } from '@/document/space'
import { openTestGraph } from '@/nodes/testGraph'
import '@/ui/jsdomShims'
import { violations } from '@/ui/violations'

import { SpaceNotice } from './SpaceNotice'
import { spaceWords } from './spaceWords'

let graph: OpenGraph
beforeEach(() => {
  graph = openTestGraph()
})
afterEach(() => graph.close())

const notice = (level: Space['level']) => (
  <GraphContext value={graph}>
    <SpaceNotice space={{ level, size: 42 * 2 ** 20, most: 50 * 2 ** 20 }} />
  </GraphContext>
)

it('WEB-26: says how full it is and may be put aside, until it is full', async () => {
  const { rerender } = render(notice('nearly full'))
  expect(screen.getByRole('status').textContent).toContain('This graph is nearly full: 84%42.0 MB of 50.0 MB are taken. Delete what isn’t needed')
  expect(await violations()).toEqual([])
  fireEvent.click(screen.getByRole('button', { name: 'Hide' }))
  expect(screen.queryByText(/nearly full/)).toBeNull()

  rerender(notice('full'))
  expect(screen.getByRole('alert').textContent).toContain('This graph is full')
  expect(screen.queryByRole('button')).toBeNull()
  expect(await violations()).toEqual([])
})

it('WEB-26: says of what waits that it is not saved, and how it will be', () => {
  const { title, advice } = spaceWords({ level: 'full', size: 34 * 2 ** 10, most: 40 * 2 ** 10 }, true)
  expect(title).toBe('This graph is full: your edits are not saved')
  expect(advice).toContain('34 kB of 40 kB are taken, and what you added doesn’t fit into the rest. It waits in this browser.')
})
