import { expect, it } from 'vitest'
import { differenceOf } from '@/document/difference'
import { GraphDocument } from '@/document/graphDocument'
import type { NodeType } from '@/document/schema.gen'
import { changeLines } from './changeWords'

const llm = { type: 'LLM', title: 'Language model', params: { properties: { model: { title: 'Model' } } } } as unknown as NodeType
const types = new Map([['LLM', llm]])

it('says what going back would do: what comes back, what goes, and what of the rest becomes what', () => {
  const graph = new GraphDocument()
  graph.addNode('LLM', { id: 'a', name: 'Ask', params: { model: 'small', prompt: 'one\ntwo' } })
  graph.addNode('LLM', { id: 'b' })
  graph.addNode('Log', { id: 'c', name: 'Seen' })
  graph.connect({ id: 'e', source: 'a', target: 'b' })
  graph.connect({ id: 'f', source: 'b', target: 'c' })
  const version = graph.graph()
  graph.updateNode('a', { disabled: true, pos: [80, 0] })
  graph.setParam('a', 'model', undefined)
  graph.setParam('a', 'prompt', '')
  graph.delete(['e', 'c'])
  graph.addNode('Chat', { id: 'd' })
  graph.setMeta({ live: true })

  const lines = changeLines(differenceOf(graph.graph(), version), types, (id) => version.nodes[id])
  expect(lines.map(({ fate, name }) => `${fate} ${name}`)).toEqual([
    'added Seen',
    'added Ask → Language model',
    'removed Chat',
    'changed Ask',
    'changed The graph itself',
  ])
  expect(lines[3]?.fields).toEqual([
    { name: 'Place' },
    { name: 'Switched off', values: { before: 'on', after: 'off' } },
    { name: 'prompt' },
    { name: 'Model', values: { before: 'nothing', after: 'small' } },
  ])
  expect(lines[4]?.fields).toEqual([{ name: 'Live', values: { before: 'on', after: 'off' } }])
})
