import { ReactFlowProvider } from '@xyflow/react'
import { render } from '@testing-library/react'
import type { ComponentProps } from 'react'
import { afterEach, expect, it } from 'vitest'

import { InGraph, openTestGraph } from '@/nodes/testGraph'

import { FlowElements } from './flowElements'
import { NodeCard } from './NodeCard'
import { layOut } from './scene'

const graph = openTestGraph()
afterEach(() => graph.close())

it('is moved without being drawn anew (WEB-46)', () => {
  const id = graph.document.addNode('LLM')
  const elements = new FlowElements()
  const cardAt = (at: [number, number]) => {
    const scene = layOut(graph.store.nodes, [], graph.types)
    const [card] = elements.nodes(scene, new Set([id]), new Map([[id, at]]))
    if (card === undefined) throw new Error('there is a node')
    return card
  }
  const before = cardAt([0, 0])
  let drawn = 0
  const data = {
    isFrame: false,
    get ports() {
      drawn++
      return before.data.ports
    },
  }
  const view = (card: ReturnType<typeof cardAt>) => {
    const at = { positionAbsoluteX: card.position.x, positionAbsoluteY: card.position.y, isConnectable: true, draggable: true, dragging: true, zIndex: 0, selectable: true, deletable: false }
    return (
      <InGraph graph={graph}>
        <ReactFlowProvider>
          <NodeCard {...({ ...card, ...at, type: 'card', selected: true, data } satisfies ComponentProps<typeof NodeCard>)} />
        </ReactFlowProvider>
      </InGraph>
    )
  }
  const { rerender } = render(view(before))
  const first = drawn

  const moved = cardAt([8, 8])
  rerender(view(moved))

  expect(moved.position).toEqual({ x: 8, y: 8 })
  expect(moved.data).toBe(before.data)
  expect(moved.handles).toBe(before.handles)
  expect(drawn).toBe(first)
})
