// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { OpenGraph } from '@/document/openGraph'
import { openTestGraph } from '@/nodes/testGraph'
import { layOut, type Scene } from './scene'
import { putInto, wayAt, wayInto } from './splice'

let graph: OpenGraph
beforeEach(() => {
  graph = openTestGraph()
  const { document } = graph
  document.addNode('LLM', { id: 'a', pos: [0, 0] })
  document.addNode('LLM', { id: 'b', pos: [600, 0] })
  document.addNode('LLM', { id: 'c', pos: [300, 200] })
  document.addNode('Log', { id: 'log', pos: [300, 400] })
  document.connect({ id: 'e', source: 'a', target: 'b', condition: 'value != ""', label: 'if any', varName: 'x', kind: 'data' })
  graph.store.flush()
})
afterEach(() => graph.close())

const scene = (): Scene => layOut(graph.store.nodes, graph.store.edges, graph.types)
const portsOf = (id: string) => scene().nodes.get(id)?.ports ?? { inputs: [], outputs: [] }
/** In the middle between the two, where the port of a card is. */
const onEdge = [428, 24] as const

describe('WEB-34: an edge takes a node in', () => {
  it('near its line, on its level, if there are ports for what comes and what goes', () => {
    expect(wayAt(scene(), onEdge, null, portsOf('c'), 6)?.edge.id).toBe('e')
    expect(wayAt(scene(), [428, 40], null, portsOf('c'), 6)).toBeUndefined()
    expect(wayAt(scene(), onEdge, 'group', portsOf('c'), 6)).toBeUndefined()
    expect(wayAt(scene(), onEdge, null, portsOf('log'), 6)).toBeUndefined()
  })

  it('as it passes below its nodes when it runs back', () => {
    graph.document.connect({ id: 'back', source: 'b', target: 'a' })
    graph.store.flush()
    const bottom = (scene().nodes.get('a')?.box.height ?? 0) + 36
    expect(wayAt(scene(), [428, bottom], null, portsOf('c'), 6)?.edge.id).toBe('back')
  })

  it('at its middle, for whoever asks there what may come between', () => {
    const [edge] = scene().edges
    if (edge === undefined) throw new Error('there is no edge')
    expect(wayInto(scene(), edge, portsOf('c'))).toMatchObject({ edge: { id: 'e' }, input: { name: 'input' }, output: { name: 'output' }, y: onEdge[1] })
    expect(wayInto(scene(), edge, portsOf('log'))).toBeUndefined()
  })

  it('under its condition, and hands on under its name, as one step', () => {
    const way = wayAt(scene(), onEdge, null, portsOf('c'), 6)
    if (way === undefined) throw new Error('there is no way')
    putInto(graph, scene(), way, 'c')
    expect(graph.document.allEdges()).toMatchObject([
      { id: 'e', source: 'a', target: 'c', targetPort: 'input', condition: 'value != ""', label: 'if any', varName: null, kind: 'data' },
      { source: 'c', sourcePort: 'output', target: 'b', targetPort: 'input', condition: null, label: null, varName: 'x', kind: 'data' },
    ])
    graph.undo.undo()
    expect(graph.document.allEdges()).toMatchObject([{ id: 'e', source: 'a', target: 'b', varName: 'x' }])
  })

  it('on its line, wherever it was dropped, and what stood there makes way', () => {
    const way = wayAt(scene(), [540, 20], null, portsOf('c'), 6)
    if (way === undefined) throw new Error('there is no way')
    graph.document.gesture(() => {
      graph.document.moveNodes(new Map([['c', [500, 10]]]))
      putInto(graph, scene(), way, 'c')
    })
    expect(graph.document.node('c')?.pos).toEqual([500, 0])
    expect(graph.document.node('b')?.pos[0]).toBeGreaterThan(500 + 256)
  })
})
