import { expect, it } from 'vitest'
import { differenceOf, isNothing } from './difference'
import { GraphDocument } from './graphDocument'

it('says which records come, go and change, and in which fields', () => {
  const graph = new GraphDocument()
  graph.addNode('LLM', { id: 'a', params: { model: 'small', prompt: 'Hi' } })
  graph.addNode('Log', { id: 'b' })
  graph.connect({ id: 'e', source: 'a', target: 'b' })
  const before = graph.graph()
  expect(isNothing(differenceOf(before, before))).toBe(true)

  graph.setParam('a', 'model', 'large')
  graph.setParam('a', 'prompt', 'Hi there')
  graph.moveNodes(new Map([['a', [4, 4]]]))
  graph.delete(['b'])
  graph.addNode('Chat', { id: 'c' })
  graph.setMeta({ live: true, lastRun: 'run', title: 'Called otherwise' })
  const { nodes, edges, graph: settings } = differenceOf(before, graph.graph())

  expect([...nodes].map(([id, { kind }]) => [id, kind])).toEqual([
    ['a', 'changed'],
    ['c', 'added'],
    ['b', 'removed'],
  ])
  expect(nodes.get('a')).toMatchObject({
    fields: [
      { field: 'pos', before: [0, 0], after: [4, 4] },
      { field: 'params.model', before: 'small', after: 'large' },
      { field: 'params.prompt', before: 'Hi', after: 'Hi there' },
    ],
  })
  expect([...edges.values()].map(({ kind }) => kind)).toEqual(['removed'])
  expect(settings).toEqual([{ field: 'live', before: false, after: true }])
})
