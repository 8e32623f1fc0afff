// @vitest-environment jsdom
import { afterEach, expect, it } from 'vitest'

import type { OpenGraph } from '@/document/openGraph'
import type { NodeType } from '@/document/schema.gen'

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
    { path: 'input.input', from: 'Switch' },
    { path: 'nodes.switch.large', from: 'Switch' },
    { path: 'nodes.switch.else', from: 'Switch' },
    { path: 'nodes.chat.message', from: 'Ask' },
  ])
  expect(variablesOf(graph.store, types, 'llm', true).map(({ path }) => path)).toEqual(['question', 'input'])
})

it('writes what a template can read: values that a port gathers by their names, in brackets where they are no plain name', () => {
  graph = openTestGraph()
  const { document } = graph
  const gathers = { name: 'input', label: '', type: 'any', arity: 'object', required: false, feedback: false } as const
  const types = new Map([...testTypes, { ...testTypes[0], type: 'Template', inputs: [gathers] } as NodeType].map((type) => [type.type, type]))
  document.addNode('Template', { id: 't' })
  document.addNode('LLM', { id: '1a', name: 'My "Größe"' })
  document.addNode('LLM', { id: 'b-c', name: 'Größe' })
  document.addNode('LLM', { id: 'd' })
  document.addNode('GroupInput', { id: 'e', params: { port: 'question' } })
  for (const source of ['1a', 'b-c', 'd', 'e']) document.connect({ source, target: 't', targetPort: 'input' })
  document.updateEdge(document.connect({ source: 'd', sourcePort: 'error', target: 't', targetPort: 'input' }), { varName: 'x' })
  graph.store.flush()
  expect(variablesOf(graph.store, types, 't').map(({ path }) => path)).toEqual([
    'input["My \\"Größe\\""]',
    'input.Größe',
    'input.d',
    'input.question',
    'input.x',
    'nodes["1a"].output',
    'nodes["b-c"].output',
    'nodes.d.output',
    'nodes.e.output',
  ])
})
