import { ReactFlowProvider, useStoreApi } from '@xyflow/react'
import { act, render } from '@testing-library/react'
import { useEffect } from 'react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { InGraph, openTestGraph } from '@/nodes/testGraph'

import { MiniMap } from './MiniMap'
import { layOut } from './scene'

const graph = openTestGraph()
let drawn = 0
let flow: ReturnType<typeof useStoreApi>

beforeEach(() => {
  vi.useFakeTimers()
  drawn = 0
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockImplementation(() => (drawn++, null))
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  graph.close()
})

function Flow() {
  const store = useStoreApi()
  useEffect(() => {
    flow = store
  }, [store])
  return null
}

it('is drawn anew when the view or the graph changed, a while after, and not for each step of a drag (WEB-46)', () => {
  const view = () => (
    <InGraph graph={graph}>
      <ReactFlowProvider>
        <Flow />
        <MiniMap scene={layOut(graph.store.nodes, [], graph.types)} />
      </ReactFlowProvider>
    </InGraph>
  )
  const { rerender } = render(view())
  act(() => vi.runAllTimers())
  drawn = 0

  act(() => flow.setState({ nodes: [] }))
  act(() => vi.runAllTimers())
  expect(drawn).toBe(0)

  act(() => flow.setState({ transform: [8, 8, 1] }))
  rerender(view())
  expect(drawn).toBe(0)
  act(() => vi.runAllTimers())
  expect(drawn).toBe(1)
})
