import { beforeEach, describe, expect, it } from 'vitest'
import { check } from './checks'
import { moveInto } from './containers'
import { GraphDocument } from './graphDocument'
import { between, group, ungroup } from './grouping'
import { addPort, edgesAt, movePort, portOf, remove, removePort, renamePort } from './groupPorts'
import type { Node, NodeType } from './schema.gen'
import { plainPort } from './wiring'
import { UndoHistory } from './undo'

const type = (name: string, inputs: string[], outputs: string[]) =>
  [name, { type: name, title: name, inputs: inputs.map(plainPort), outputs: outputs.map(plainPort), portsFrom: null, params: {} }] as unknown as [string, NodeType]
const types = new Map([
  type('Step', ['input'], ['output']),
  type('Group', [], []),
  type('GroupInput', [], ['output']),
  type('GroupOutput', ['input'], []),
])

let graph: GraphDocument
let undo: UndoHistory
beforeEach(() => {
  graph = new GraphDocument()
  undo = new UndoHistory(graph)
})

/** a → b → c, side by side. */
function chain(): [string, string, string] {
  const [a, b, c] = ['a', 'b', 'c'].map((id, at) => graph.addNode('Step', { id, pos: [at * 400, 100] }))
  graph.connect({ id: 'ab', source: 'a', target: 'b', varName: 'x', condition: 'value' })
  graph.connect({ id: 'bc', source: 'b', target: 'c', label: 'then' })
  return [a ?? '', b ?? '', c ?? '']
}

const problems = () => check({ nodes: graph.allNodes(), edges: graph.allEdges() }, graph.graph().meta, types).map((each) => each.code)
const drawn = () => graph.allEdges().map(({ source, sourcePort, target, targetPort }) => `${nameOf(source)}.${sourcePort} → ${nameOf(target)}.${targetPort}`).sort()
function nameOf(id: string): string {
  const node = graph.node(id)
  return node && portOf(node) !== '' ? `${node.type}(${portOf(node)})` : (node?.type === 'Group' ? 'Group' : id)
}
const place = (node: Node | undefined): [number, number] => {
  if (node === undefined) return [0, 0]
  const [x, y] = node.parent === null ? [0, 0] : place(graph.node(node.parent))
  return [x + node.pos[0], y + node.pos[1]]
}

describe('a group made around nodes', () => {
  it('leads the edges that cross its border through ports, and leaves every node where it was', () => {
    chain()
    const made = group(graph, ['b'])
    expect(graph.node('b')?.parent).toBe(made)
    expect(place(graph.node('b'))).toEqual([400, 100])
    expect(drawn()).toEqual([
      'Group.output → c.input',
      'GroupInput(x).output → b.input',
      'a.output → Group.x',
      'b.output → GroupOutput(output).input',
    ])
    expect(graph.edge('ab')).toMatchObject({ varName: 'x', condition: 'value' })
    expect(graph.edge('bc')).toMatchObject({ label: 'then', target: 'c' })
    expect(problems()).toEqual([])
  })

  it('around a group has its ends beside all that lies in that', () => {
    const [, b] = chain()
    graph.moveNodes(new Map([[b, [1200, 100]]]))
    const inner = group(graph, ['a', 'b']) ?? ''
    group(graph, [inner])
    const [inside, around] = [inner, graph.node(inner)?.parent].map((each) => graph.allNodes().filter((node) => node.type === 'GroupOutput' && node.parent === each))
    const right = (graph.node(inner)?.pos[0] ?? 0) + Math.max(...(inside ?? []).map((node) => node.pos[0] + 168))
    expect(around).toHaveLength(1)
    for (const end of around ?? []) expect(end.pos[0]).toBeGreaterThan(right)
  })

  it('is one step to take back', () => {
    chain()
    const before = graph.graph()
    group(graph, ['b', 'c'])
    undo.undo()
    expect(graph.graph()).toEqual(before)
  })

  it('brings a value in once, however many nodes want it', () => {
    chain()
    for (const id of ['d', 'e']) {
      graph.addNode('Step', { id, pos: [400, 500] })
      graph.connect({ source: 'a', target: id })
    }
    const made = group(graph, ['b', 'c', 'd']) ?? ''
    expect(graph.node(made)?.ports).toEqual({ inputs: ['x'], outputs: [] })
    moveInto(graph, ['e'], made)
    expect(graph.node(made)?.ports?.inputs).toEqual(['x'])
    expect(problems()).toEqual([])
  })

  it('is seen to wait for itself when a node between is left out', () => {
    chain()
    const rows = { nodes: graph.allNodes(), edges: graph.allEdges() }
    expect(between(rows, types, new Set(['a', 'c'])).map((node) => node.id)).toEqual(['b'])
    expect(between(rows, types, new Set(['a', 'b']))).toEqual([])
  })
})

describe('a group taken away', () => {
  it('leaves the graph as it was before it was made', () => {
    chain()
    const before = drawn()
    const made = group(graph, ['b', 'c']) ?? ''
    expect(ungroup(graph, made)).toEqual(['b', 'c'])
    expect(drawn()).toEqual(before)
    expect(place(graph.node('b'))).toEqual([400, 100])
    expect(graph.allNodes()).toHaveLength(3)
    const edge = graph.allEdges().find((each) => each.source === 'a')
    expect(edge).toMatchObject({ varName: 'x', condition: 'value' })
  })

  it('joins what went straight through it', () => {
    chain()
    const made = graph.addNode('Group', { ports: { inputs: ['in'], outputs: ['out'] } })
    const into = graph.addNode('GroupInput', { parent: made, params: { port: 'in' } })
    const out = graph.addNode('GroupOutput', { parent: made, params: { port: 'out' } })
    graph.connect({ source: into, target: out })
    graph.connect({ source: 'c', target: made, targetPort: 'in' })
    graph.addNode('Step', { id: 'd' })
    graph.connect({ source: made, sourcePort: 'out', target: 'd' })
    ungroup(graph, made)
    expect(drawn()).toContain('c.output → d.input')
    expect(problems()).toEqual([])
  })
})

describe('a node moved across a border', () => {
  it('goes in and out again without a trace on its edges', () => {
    chain()
    const made = graph.addNode('Group', { pos: [0, 400] })
    moveInto(graph, ['b'], made)
    expect(problems()).toEqual([])
    expect(graph.node(made)?.ports).toEqual({ inputs: ['x'], outputs: ['output'] })
    moveInto(graph, ['b'], null)
    expect(drawn()).toEqual(['a.output → b.input', 'b.output → c.input'])
    expect(graph.allEdges().map(({ varName, condition, label }) => [varName, condition, label])).toContainEqual(['x', 'value', null])
  })

  it('joins what was its neighbour through the border when both are inside', () => {
    chain()
    const made = group(graph, ['b']) ?? ''
    moveInto(graph, ['a'], made)
    expect(drawn()).toEqual(['Group.output → c.input', 'a.output → b.input', 'b.output → GroupOutput(output).input'])
    moveInto(graph, ['c'], made)
    expect(drawn()).toEqual(['a.output → b.input', 'b.output → c.input'])
  })

  it('passes through every border on the way from one group to another', () => {
    chain()
    const outer = graph.addNode('Group', { pos: [0, 400] })
    const inner = graph.addNode('Group', { parent: outer, pos: [40, 80] })
    moveInto(graph, ['c'], inner)
    expect(problems()).toEqual([])
    const other = graph.addNode('Group', { pos: [900, 400] })
    moveInto(graph, ['c'], other)
    expect(graph.node('c')?.parent).toBe(other)
    expect(problems()).toEqual([])
  })

  it('never goes into itself, and the ends of a group stay in it', () => {
    const outer = graph.addNode('Group')
    const inner = graph.addNode('Group', { parent: outer })
    moveInto(graph, [outer], inner)
    expect(graph.node(outer)?.parent).toBeNull()
    addPort(graph, outer, 'inputs', 'in')
    const end = graph.allNodes().find((node) => node.type === 'GroupInput')
    moveInto(graph, [end?.id ?? ''], null)
    expect(graph.node(end?.id ?? '')?.parent).toBe(outer)
  })
})

describe('the ports of a group', () => {
  let made: string
  beforeEach(() => {
    chain()
    made = group(graph, ['b']) ?? ''
  })
  const ends = () => graph.allNodes().filter((node) => portOf(node) !== '').map((node) => `${node.type} ${portOf(node)}`).sort()

  it('have an end inside each, with a name of their own', () => {
    expect(addPort(graph, made, 'inputs', 'x')).toBe('x 2')
    expect(ends()).toEqual(['GroupInput x', 'GroupInput x 2', 'GroupOutput output'])
  })

  it('are renamed with their ends and their edges', () => {
    expect(renamePort(graph, made, 'inputs', 'x', 'orders')).toBe(true)
    expect(renamePort(graph, made, 'inputs', 'orders', ' ')).toBe(false)
    expect(ends()).toEqual(['GroupInput orders', 'GroupOutput output'])
    expect(edgesAt(graph, made, 'inputs', 'orders').map((edge) => edge.source)).toEqual(['a'])
    expect(problems()).toEqual([])
    undo.undo()
    expect(ends()).toContain('GroupInput x')
  })

  it('are removed with their ends and their edges, also by deleting the end', () => {
    removePort(graph, made, 'inputs', 'x')
    expect(ends()).toEqual(['GroupOutput output'])
    const end = graph.allNodes().find((node) => node.type === 'GroupOutput')
    remove(graph, [end?.id ?? ''])
    expect(graph.node(made)?.ports).toEqual({ inputs: [], outputs: [] })
    expect(drawn()).toEqual([])
  })

  it('change places', () => {
    addPort(graph, made, 'inputs', 'y')
    movePort(graph, made, 'inputs', 'y', -1)
    expect(graph.node(made)?.ports?.inputs).toEqual(['y', 'x'])
    movePort(graph, made, 'inputs', 'y', -1)
    expect(graph.node(made)?.ports?.inputs).toEqual(['y', 'x'])
  })
})
