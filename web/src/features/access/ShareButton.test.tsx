import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { FakeServer } from '@/api/FakeServer'
import { showInEditor } from '@/commands/editorView'
import { GraphContext } from '@/document/hooks'
import type { OpenGraph } from '@/document/openGraph'
import { openTestGraph } from '@/nodes/testGraph'

import { ShareButton } from './ShareButton'

let server: FakeServer
let graph: OpenGraph
beforeEach(() => {
  // React tells of what was caught.
  vi.spyOn(console, 'error').mockReturnValue()
  server = new FakeServer().on('GET /api/graphs/g/access/requests', { body: { items: [], next: null } }).start()
  graph = openTestGraph('admin')
})
afterEach(() => {
  server.stop()
  graph.close()
  vi.restoreAllMocks()
})

it('WEB-29: a share dialog that breaks leaves the editor as it is', async () => {
  // The dialog reads the title, its button does not.
  const withoutTitle = Object.create(graph, { store: { value: undefined } }) as OpenGraph
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <GraphContext value={withoutTitle}>
        <ShareButton />
      </GraphContext>
    </QueryClientProvider>,
  )
  act(() => showInEditor({ dialog: 'share' }))
  expect((await screen.findByRole('alert')).textContent).toContain('This part broke.')
  expect(screen.getByRole('button', { name: 'Share' })).toBeDefined()
})
