import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render } from '@testing-library/react'
import { expect, it, vi } from 'vitest'
import { GraphContext } from '@/document/hooks'
import { OpenGraph } from '@/document/openGraph'
import { openTestGraph } from '@/nodes/testGraph'
import '@/ui/jsdomShims'
import { Canvas } from './Canvas'

it('is not drawn anew with what is around it (WEB-55)', () => {
  const graph = openTestGraph()
  const queries = new QueryClient()
  // Whoever draws the canvas asks whether one may edit.
  const asked = vi.spyOn(OpenGraph.prototype, 'canEdit', 'get')
  const around = (edits: number) => (
    <QueryClientProvider client={queries}>
      <GraphContext value={graph}>
        <p>{edits} edits to be stored</p>
        <Canvas />
      </GraphContext>
    </QueryClientProvider>
  )
  const { rerender, unmount } = render(around(0))
  const times = asked.mock.calls.length
  expect(times).toBeGreaterThan(0)
  rerender(around(1))
  expect(asked).toHaveBeenCalledTimes(times)
  unmount()
  asked.mockRestore()
  graph.close()
})
