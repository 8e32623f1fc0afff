import { fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { FakeServer } from '@/api/FakeServer'
import { InGraph, openTestGraph } from '@/nodes/testGraph'
import { violations } from '@/ui/violations'

import { WholeOutput } from './WholeOutput'

const server = new FakeServer()
const graph = openTestGraph()
const long = `The beginning. ${'x'.repeat(5000)} The end.`
// A copy: that of jsdom's TextEncoder is none of this realm's arrays.
const bytes = Uint8Array.from(new TextEncoder().encode(long))

function give(outputs: Record<string, unknown>): void {
  const items = [
    { seq: 1, type: 'node.succeeded', node: 'g/a', payload: { outputs: { output: 'an earlier pass' } } },
    { seq: 2, type: 'node.succeeded', node: 'g/a', payload: { outputs } },
    { seq: 3, type: 'node.succeeded', node: 'b', payload: { outputs: { output: 'of another node' } } },
  ]
  server.on('GET /api/runs/r/events', ({ url }) => {
    const after = Number(url.searchParams.get('after'))
    return { body: { items: items.slice(after, after + 1), next: after + 1 < items.length ? after + 1 : null } }
  })
  render(
    <InGraph graph={graph}>
      <WholeOutput run="r" path="g/a" iteration={0} title="Sum / up" preview="The beginning…" />
    </InGraph>,
  )
  fireEvent.click(screen.getByRole('button', { name: 'Show all' }))
}

beforeEach(() => {
  server.start()
})
afterEach(() => {
  server.stop()
})

it('shows all of what a node gave last, and gives it as a file', async () => {
  server.on('GET /api/blobs/abc', { body: bytes })
  give({ output: { $blob: 'abc', size: long.length, type: 'text/plain' } })
  expect(await screen.findByText(long)).toBeTruthy()
  const link = screen.getByRole('link', { name: 'Download (5 kB)' })
  expect([link.getAttribute('href'), link.getAttribute('download')]).toEqual(['/api/blobs/abc', 'Sum _ up.txt'])
  expect(screen.queryByText('The beginning…')).toBeNull()
  expect(await violations()).toEqual([])
})

it('fetches nothing that is too large for a page, and shows each of several ports', async () => {
  give({ rows: { $blob: 'def', size: 5 * 2 ** 20, type: 'application/json' }, count: { is: 2 } })
  expect(await screen.findByText('This is too large to be shown here.')).toBeTruthy()
  expect(screen.getByLabelText('Output count').textContent).toBe('{\n  "is": 2\n}')
  expect(screen.getByRole('link', { name: 'Download (5.0 MB)' }).getAttribute('download')).toBe('Sum _ up rows.json')
  expect(server.asked.some(({ url }) => url.pathname === '/api/blobs/def')).toBe(false)
})

it('says why it can not be had, and tries again', async () => {
  server.on('GET /api/blobs/ghi', { status: 503, body: { title: 'Busy.' } })
  give({ output: { $blob: 'ghi', size: 3000, type: 'text/plain' } })
  const again = await screen.findByRole('button', { name: 'Try again' })
  expect(screen.getByText('The beginning…')).toBeTruthy()
  server.on('GET /api/blobs/ghi', { body: bytes })
  fireEvent.click(again)
  expect(await screen.findByText(long)).toBeTruthy()
})
