import { act, renderHook } from '@testing-library/react'
import type { ReactNode } from 'react'
import { expect, it } from 'vitest'
import { InGraph, openTestGraph } from '@/nodes/testGraph'
import { useScene } from './useScene'

it('is the same scene, drawn once, while someone types into a node; another when ports, names or places change (WEB-55)', () => {
  const graph = openTestGraph()
  const { document, store } = graph
  document.addNode('LLM', { id: 'llm', name: 'Answer', params: { prompt: '' } })
  document.addNode('Switch', { id: 'way', params: { cases: [] } })
  store.flush()
  let drawn = 0
  const wrapper = ({ children }: { children: ReactNode }) => <InGraph graph={graph}>{children}</InGraph>
  const { result } = renderHook(() => (drawn++, useScene()), { wrapper })
  const after = (change: () => void) => {
    const [before, times] = [result.current, drawn]
    act(() => {
      change()
      store.flush()
    })
    expect(result.current === before).toBe(drawn === times)
    return drawn - times
  }
  expect(after(() => document.ensureText('llm', 'prompt')?.insert(0, 'Be kind.'))).toBe(0)
  expect(after(() => document.setParam('llm', 'model', 'larger'))).toBe(0)
  expect(after(() => document.updateNode('llm', { name: 'Reply' }))).toBe(1)
  expect(after(() => document.moveNodes(new Map([['llm', [8, 0]]])))).toBe(1)
  expect(after(() => document.setParam('way', 'cases', [{ name: 'big', when: 'value > 1' }]))).toBe(1)
  expect(result.current.nodes.get('way')?.ports.outputs.map((port) => port.name)).toContain('big')
  expect(after(() => document.delete(['llm']))).toBe(1)
  graph.close()
})
