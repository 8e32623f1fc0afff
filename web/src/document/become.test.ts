// DOC-10 of docs/spec.md.

import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { become } from './become'
import { differenceOf, isNothing } from './difference'
import { GraphDocument } from './graphDocument'
import { twoPeers } from './twoPeers'
import { UndoHistory } from './undo'

/** A graph with a bit of everything in it. */
function filled(graph: GraphDocument): void {
  graph.setMeta({ title: 'Plan', description: 'One' })
  const group = graph.addNode('Group', { id: 'group', size: [400, 300] })
  graph.addNode('LLM', { id: 'ask', name: 'Ask', parent: group, params: { prompt: 'Say hello', model: 'small', stop: ['a'] } })
  graph.addNode('Log', { id: 'log', pos: [500, 0] })
  graph.connect({ id: 'e', source: 'ask', target: 'log', label: 'said' })
  graph.breakpoints.set('log', { when: 'before' })
  graph.templates.set('Two', { nodes: {} })
}

function changed(graph: GraphDocument): void {
  graph.gesture(() => {
    graph.setMeta({ title: 'Another', description: 'Two', live: true })
    graph.updateNode('ask', { parent: null, name: 'Asked', disabled: true })
    graph.setParam('ask', 'prompt', 'Say hello to everyone')
    graph.setParam('ask', 'model', undefined)
    graph.setParam('ask', 'temperature', 0.3)
    graph.delete(['group', 'log'])
    graph.addNode('Chat', { id: 'chat' })
    graph.connect({ id: 'f', source: 'chat', target: 'ask' })
    graph.templates.delete('Two')
    graph.templates.set('Three', { nodes: {} })
  })
}

describe('becoming an earlier graph', () => {
  it('ends with what is wanted, in one edit that one undo takes back, and keeps its own title', () => {
    const graph = new GraphDocument()
    filled(graph)
    const earlier = graph.graph()
    const undo = new UndoHistory(graph)
    changed(graph)
    const later = graph.graph()
    undo.stop()

    let updates = 0
    graph.doc.on('update', () => updates++)
    become(graph, earlier)
    expect(updates).toBe(1)
    expect(graph.graph()).toEqual({ ...earlier, meta: { ...earlier.meta, title: 'Another' } })
    expect(isNothing(differenceOf(graph.graph(), earlier))).toBe(true)

    undo.undo()
    expect(graph.graph()).toEqual(later)
    undo.redo()
    expect(isNothing(differenceOf(graph.graph(), earlier))).toBe(true)
  })

  it('leaves alone what is the same, and changes a text only where it differs', () => {
    const graph = new GraphDocument()
    filled(graph)
    const earlier = graph.graph()
    graph.setParam('ask', 'prompt', 'Say hello to everyone')
    const [node, text] = [graph.nodes.get('ask'), graph.text('ask', 'prompt')]
    const deltas: unknown[] = []
    text?.observe((event) => deltas.push(event.delta))
    become(graph, earlier)
    expect(graph.nodes.get('ask')).toBe(node)
    expect(graph.text('ask', 'prompt')).toBe(text)
    expect(deltas).toEqual([[{ retain: 9 }, { delete: 12 }]])

    let updates = 0
    graph.doc.on('update', () => updates++)
    become(graph, earlier)
    expect(updates).toBe(0)
  })

  it('takes objects for the same whose keys come in another order, as they do from the server', () => {
    const graph = new GraphDocument()
    const id = graph.addNode('Switch', { params: { cases: [{ name: 'big', when: 'n > 1' }] } })
    const wanted = graph.graph()
    const shuffled = { ...wanted.nodes[id], params: { cases: [{ when: 'n > 1', name: 'big' }] } }
    let updates = 0
    graph.doc.on('update', () => updates++)
    become(graph, { ...wanted, nodes: { [id]: shuffled as (typeof wanted.nodes)[string] } })
    expect(updates).toBe(0)
  })

  it('leaves out edges that hang in the air, and breakpoints of no node', () => {
    const graph = new GraphDocument()
    filled(graph)
    const { log: _, ...nodes } = graph.graph().nodes
    become(graph, { ...graph.graph(), nodes })
    expect(graph.allEdges()).toEqual([])
    expect([...graph.breakpoints.keys()]).toEqual([])
  })

  it('agrees with what somebody else did meanwhile', () => {
    const { ann, ben, exchange } = twoPeers()
    filled(ann)
    exchange()
    const earlier = ann.graph()
    ann.updateNode('ask', { name: 'Later' })
    exchange()
    ben.addNode('Text', { id: 'note' })
    ben.updateNode('log', { pos: [9, 9] })
    become(ann, earlier)
    exchange()
    expect(ann.graph()).toEqual(ben.graph())
    expect(ann.node('note')).toBeDefined()
    expect(ann.node('log')?.pos).toEqual([9, 9])
    expect(ann.node('ask')?.name).toBe('Ask')
  })

  it('reaches any of a hundred random graphs from any other', () => {
    const graphs = Array.from({ length: 100 }, (_, seed) => randomGraph(seed))
    const graph = new GraphDocument(new Y.Doc())
    for (const wanted of graphs) {
      become(graph, wanted)
      expect(differenceOf(graph.graph(), wanted)).toEqual({ nodes: new Map(), edges: new Map(), graph: [] })
    }
  })
})

function randomGraph(seed: number) {
  let state = seed + 1
  const below = (most: number) => (state = (state * 48271) % 2147483647) % most
  const graph = new GraphDocument()
  const ids = ['a', 'b', 'c', 'd', 'e', 'f'].filter(() => below(3) > 0)
  for (const id of ids) {
    const parent = below(3) === 0 ? (ids[below(ids.length)] ?? null) : null
    const params = { prompt: 'x'.repeat(below(4)), ...(below(2) === 0 && { n: below(3) }) }
    graph.addNode(below(2) === 0 ? 'Group' : 'LLM', { id, parent: parent === id ? null : parent, pos: [below(9), 0], params })
  }
  for (let at = 0; at < below(6); at++) {
    const [source, target] = [ids[below(ids.length)], ids[below(ids.length)]]
    if (source && target) graph.connect({ id: `edge ${at}`, source, target, order: below(4) })
  }
  if (below(2) === 0) graph.setMeta({ description: `About ${seed}` })
  return graph.graph()
}
