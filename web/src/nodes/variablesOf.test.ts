// @vitest-environment jsdom
import { afterEach, expect, it } from 'vitest'

import type { OpenGraph } from '@/document/openGraph'

import { variablesOf } from './code/variablesOf'
import { openTestGraph, testTypes } from './testGraph'

let graph: OpenGraph
afterEach(() => {
  graph.close()
})

it('offers variables and inputs first, then the outputs of every step before, and nothing from steps after', () => {
  graph = openTestGraph()
  const { document } = graph
  document.addNode('Chat', { id: 'chat', name: 'Ask' })
  document.addNode('Switch', { id: 'switch', params: { cases: [{ name: 'large', when: 'true' }] } })
  document.addNode('LLM', { id: 'llm' })
  document.addNode('Log', { id: 'log' })
  document.connect({ source: 'chat', sourcePort: 'message', target: 'switch', targetPort: 'input' })
  document.connect({ source: 'switch', sourcePort: 'large', target: 'llm', targetPort: 'input', varName: 'question' })
  document.connect({ source: 'llm', target: 'log' })
  graph.store.flush()
  const types = new Map(testTypes.map((type) => [type.type, type]))
  expect(variablesOf(graph.store, types, 'llm')).toEqual([
    { path: 'vars.question', from: 'Switch' },
    { path: 'input.input', from: 'Switch' },
    { path: 'nodes.switch.large', from: 'Switch' },
    { path: 'nodes.switch.else', from: 'Switch' },
    { path: 'nodes.chat.message', from: 'Ask' },
  ])
  expect(variablesOf(graph.store, types, 'llm', true).map(({ path }) => path)).toEqual(['question', 'input'])
})
