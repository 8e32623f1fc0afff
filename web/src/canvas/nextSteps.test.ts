// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { OpenGraph } from '@/document/openGraph'
import { openTestGraph } from '@/nodes/testGraph'
import { endsOf, fittingTypes, joinableNodes, type OpenEnd, openEndsOf } from './nextSteps'

let graph: OpenGraph
beforeEach(() => {
  graph = openTestGraph()
  graph.document.addNode('Chat', { id: 'chat', pos: [0, 0] })
  graph.document.addNode('LLM', { id: 'llm', name: 'Model', pos: [400, 0] })
  graph.document.addNode('Log', { id: 'log', pos: [800, 0] })
  graph.document.connect({ source: 'chat', sourcePort: 'message', target: 'llm' })
})
afterEach(() => graph.close())
const out: OpenEnd = { node: 'llm', port: 'output', side: 'source' }

describe('what comes next', () => {
  it('begins at any port of a node, outputs first', () => {
    expect(openEndsOf(graph, 'llm')).toEqual([out, { node: 'llm', port: 'input', side: 'target' }])
    expect(openEndsOf(graph, 'log')).toEqual([{ node: 'log', port: 'input', side: 'target' }])
  })

  it('is a type with a port on the other side, never the end of a group', () => {
    expect(fittingTypes(graph, out).map((step) => step.type.type)).toEqual(['LLM', 'Switch', 'Chat', 'Log'])
    const before = fittingTypes(graph, { node: 'log', port: 'input', side: 'target' })
    expect(before.map((step) => `${step.type.type}.${step.port.name}`)).toEqual(['LLM.output', 'Switch.else', 'Chat.message'])
  })

  it('is a node near by that may be joined, and would not wait for itself', () => {
    expect(joinableNodes(graph, out).map((step) => step.title)).toEqual(['Log'])
    graph.document.connect(endsOf(out, 'log', 'input'))
    expect(joinableNodes(graph, out)).toEqual([])
  })
})
