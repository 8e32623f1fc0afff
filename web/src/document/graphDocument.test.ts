import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { GraphDocument } from './graphDocument'
import { twoPeers } from './twoPeers'
import { Unwritable } from './writable'

describe('a graph document', () => {
  it('writes a node in the layout that Python reads', () => {
    const graph = new GraphDocument()
    const id = graph.addNode('LLM', { name: 'Ask', pos: [10.4, 19.6], params: { prompt: 'Hi', temperature: 0.2 } })

    const shared = graph.doc.getMap('nodes').get(id) as Y.Map<unknown>
    expect([...shared.keys()].sort()).toEqual(['name', 'params', 'pos', 'type', 'typeVersion'])
    expect(shared.get('pos')).toEqual([10, 20])
    expect((shared.get('params') as Y.Map<unknown>).get('prompt')).toBeInstanceOf(Y.Text)
    expect((shared.get('params') as Y.Map<unknown>).get('temperature')).toBe(0.2)
  })

  it('makes one update of one gesture', () => {
    const graph = new GraphDocument()
    let updates = 0
    graph.doc.on('update', () => updates++)
    graph.gesture(() => {
      const [a, b] = [graph.addNode('Chat'), graph.addNode('LLM')]
      graph.connect({ source: a, target: b })
    })
    expect(updates).toBe(1)
  })

  it('writes nothing when a value is what it was', () => {
    const graph = new GraphDocument()
    const id = graph.addNode('Log', { pos: [8, 8], params: { tags: ['a'] } })
    let updates = 0
    graph.doc.on('update', () => updates++)
    graph.moveNodes(new Map([[id, [8, 8]]]))
    graph.setParam(id, 'tags', ['a'])
    graph.updateNode(id, { disabled: false })
    expect(updates).toBe(0)
  })

  it('writes a default as absence', () => {
    const graph = new GraphDocument()
    const id = graph.addNode('Log', { disabled: true })
    graph.updateNode(id, { disabled: false })
    expect(graph.nodes.get(id)?.has('disabled')).toBe(false)
  })

  it('deletes attached edges, contained nodes and what is inside those', () => {
    const graph = new GraphDocument()
    const group = graph.addNode('Group')
    const inner = graph.addNode('Group', { parent: group })
    const deep = graph.addNode('Log', { parent: inner })
    const other = graph.addNode('Chat')
    graph.connect({ source: other, target: group })
    graph.delete([group])
    expect(graph.allNodes().map((node) => node.id)).toEqual([other])
    expect(graph.node(deep)).toBeUndefined()
    expect(graph.allEdges()).toEqual([])
  })

  it('does not bring a node back that was deleted while someone moved it', () => {
    const { ann, ben, exchange } = twoPeers()
    const id = ann.addNode('Log')
    exchange()
    ann.delete([id])
    ben.moveNodes(new Map([[id, [80, 80]]]))
    exchange()
    expect(ann.node(id)).toBeUndefined()
    expect(ben.node(id)).toBeUndefined()
  })

  it('keeps what both typed into one prompt', () => {
    const { ann, ben, exchange } = twoPeers()
    const id = ann.addNode('LLM', { params: { prompt: 'Hello world' } })
    exchange()
    ann.setParam(id, 'prompt', 'Hello big world')
    ben.setParam(id, 'prompt', 'Hello world!')
    exchange()
    expect(ann.node(id)?.params['prompt']).toBe('Hello big world!')
    expect(ben.node(id)?.params['prompt']).toBe('Hello big world!')
  })

  it('never cuts a surrogate pair in two', () => {
    const graph = new GraphDocument()
    const id = graph.addNode('LLM', { params: { prompt: 'a😀b' } })
    graph.setParam(id, 'prompt', 'a😁b')
    expect(graph.node(id)?.params['prompt']).toBe('a😁b')
    const pieces = (graph.text(id, 'prompt')?.toDelta() ?? []) as { insert: string }[]
    expect(pieces.map((piece) => piece.insert).join('')).toBe('a😁b')
  })

  it('reads what a stranger wrote wrongly as if it were absent', () => {
    const graph = new GraphDocument()
    const odd = new Y.Map<unknown>(Object.entries({ type: 'Log', pos: 'here', params: 7, parent: 4, colour: 'mine' }))
    graph.doc.getMap('nodes').set('odd', odd)
    expect(graph.node('odd')).toMatchObject({ type: 'Log', pos: [0, 0], params: {}, parent: null, colour: 'mine' })
  })

  it('WEB-51: refuses what the server would refuse, and changes nothing', () => {
    const graph = new GraphDocument()
    const nested = (deep: number) => JSON.parse('['.repeat(deep) + ']'.repeat(deep)) as unknown
    const id = graph.addNode('JSON', { params: { value: nested(32) } })
    const before = graph.graph()
    expect(() => graph.setParam(id, 'value', nested(33))).toThrow('nests more than 32 deep')
    expect(() => graph.updateNode(id, { pinned: { a: NaN } })).toThrow('JSON has no number NaN')
    expect(() => graph.addNode('JSON', { params: { value: nested(33) } })).toThrow(Unwritable)
    expect(graph.graph()).toEqual(before)
  })

  it('numbers edges in the order they were drawn', () => {
    const graph = new GraphDocument()
    const [a, b] = [graph.addNode('Chat'), graph.addNode('Log')]
    const drawn = [0, 1, 2].map(() => graph.connect({ source: a, target: b }))
    expect(graph.allEdges().map((edge) => edge.id)).toEqual(drawn)
  })
})
