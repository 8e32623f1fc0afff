import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { GraphDocument } from './graphDocument'
import { sameJson } from './records'
import { GraphStore } from './store'
import { twoPeers } from './twoPeers'

function graphOf(count: number) {
  const graph = new GraphDocument()
  const ids = graph.gesture(() => Array.from({ length: count }, (_, at) => graph.addNode('Log', { pos: [at * 8, 0] })))
  return { graph, ids }
}

describe('the rows of a graph', () => {
  it('show a gesture of one’s own at once', () => {
    const { graph, ids } = graphOf(2)
    const store = new GraphStore(graph)
    const [first = ''] = ids
    graph.updateNode(first, { name: 'Now' })
    expect(store.node(first)?.name).toBe('Now')
  })

  it('share every row that was not touched', () => {
    const { graph, ids } = graphOf(1000)
    const store = new GraphStore(graph)
    const before = store.nodes
    graph.moveNodes(new Map([[ids[7] ?? '', [800, 800]]]))
    expect(store.nodes).not.toBe(before)
    expect(store.nodes.filter((row, at) => row !== before[at])).toHaveLength(1)
  })

  it('keep what a node holds when it moves, and read all of it when more than that changes (WEB-46)', () => {
    const { graph, ids } = graphOf(2)
    const [moved = '', changed = ''] = ids
    const store = new GraphStore(graph)
    const before = store.node(moved)
    graph.gesture(() => {
      graph.moveNodes(new Map(ids.map((id) => [id, [800, 800]])))
      graph.updateNode(changed, { name: 'Now' })
      graph.setParam(changed, 'level', 'info')
    })
    expect(store.node(moved)).toEqual({ ...before, pos: [800, 800] })
    expect(store.node(moved)?.params).toBe(before?.params)
    expect(store.node(changed)).toEqual(graph.node(changed))
  })

  it('tell only those who watch what changed', () => {
    const { graph, ids } = graphOf(100)
    const store = new GraphStore(graph)
    const told: string[] = []
    for (const id of ids) store.subscribeNode(id, () => told.push(id))
    graph.setParam(ids[3] ?? '', 'level', 'info')
    expect(told).toEqual([ids[3]])
  })

  it('gather a hundred remote changes into one flush', () => {
    const { ann, ben, exchange } = twoPeers()
    const ids = Array.from({ length: 100 }, () => ann.addNode('Log'))
    exchange()
    const store = new GraphStore(ben)
    let flushes = 0
    store.subscribe(() => flushes++)
    for (const id of ids) {
      ann.moveNodes(new Map([[id, [8, 8]]]))
      exchange()
    }
    store.flush()
    expect(flushes).toBe(1)
    expect(store.nodes.every((node) => node.pos[0] === 8)).toBe(true)
  })

  it('hide what dangles: ghosts, lost edges and containers inside themselves', () => {
    const { graph, ids } = graphOf(2)
    const [a = '', b = ''] = ids
    graph.connect({ source: a, target: 'gone' })
    graph.doc.getMap('nodes').set('ghost', new Y.Map([['pos', [1, 1]]]))
    graph.updateNode(a, { parent: b })
    graph.updateNode(b, { parent: a })
    const store = new GraphStore(graph)
    expect(store.nodes.map((node) => [node.id, node.parent])).toEqual([
      [a, null],
      [b, null],
    ])
    expect(store.edges).toEqual([])
  })

  it('show an edge again when undo brings back the node it ends at', () => {
    const { graph, ids } = graphOf(2)
    const [a = '', b = ''] = ids
    const store = new GraphStore(graph)
    const edge = graph.connect({ source: a, target: b })
    const undo = new Y.UndoManager([graph.nodes] as Y.AbstractType<unknown>[], { trackedOrigins: new Set([graph.origin]) })
    graph.gesture(() => graph.nodes.delete(b))
    expect(store.edges).toEqual([])
    undo.undo()
    expect(store.edge(edge)).toBeDefined()
  })
})

describe('whether two values are the same JSON', () => {
  it('says nothing of the order of keys, and reads what is no JSON as some', () => {
    const own = { ...JSON.parse('{"__proto__": {}}') } as object
    for (const [a, b] of [
      [{ x: 1, y: [2] }, { y: [2], x: 1 }],
      [{ x: undefined }, {}],
      [NaN, null],
      [{ x: 7n }, { x: 7 }],
      [new Uint8Array([1, 2]), [1, 2]],
      [new Y.Doc().getMap('m'), {}],
      [Object.create(null), {}],
    ]) {
      expect(sameJson(a, b)).toBe(true)
      expect(sameJson([b], [a])).toBe(true)
    }
    for (const [a, b] of [[{ x: 1 }, {}], [own, {}], [[1], { 0: 1 }], ['1', 1], [null, {}], [{ toString: 1 }, {}], [[], [undefined]]]) {
      expect(sameJson(a, b)).toBe(false)
      expect(sameJson(b, a)).toBe(false)
    }
  })

  it('is known at the first difference, as for each of a thousand nodes that were moved', () => {
    let read = 0
    const row = (x: number) => ({
      pos: [x, 0],
      get params() {
        read++
        return {}
      },
    })
    expect(sameJson(row(0), row(8))).toBe(false)
    expect(read).toBe(0)
  })
})
