import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { check, type Ends, mayConnect, visible } from './checks'
import { edgeDefaults, metaDefaults, nodeDefaults } from './protocol.gen'
import type { Edge, Meta, Node, NodeType, Port } from './schema.gen'
import { plainPort } from './wiring'

const meta = metaDefaults as unknown as Meta
const node = (id: string, type: string, more: Partial<Node> = {}) => ({ ...nodeDefaults, id, type, ...more }) as Node
const edge = (id: string, source: string, target: string, more: Partial<Edge> = {}) =>
  ({ ...edgeDefaults, id, source, target, ...more }) as Edge
const port = (name: string, type = 'any', more = {}) => ({ name, label: '', type, arity: 'single', required: false, feedback: false, ...more })
const type = (name: string, inputs: object[], outputs: object[]) =>
  [name, { type: name, inputs, outputs, portsFrom: null, params: {} }] as unknown as [string, NodeType]
const types = new Map([
  type('Chat', [port('input', 'message', { feedback: true })], [port('output', 'message')]),
  type('File', [], [port('output', 'file')]),
  type('Number', [port('input', 'number')], [port('output', 'number')]),
])

describe('what may be connected', () => {
  const rows = { nodes: [node('c', 'Chat'), node('f', 'File'), node('n', 'Number'), node('x', 'Mystery')], edges: [] }
  const ends = (source: string, target: string) => ({ source, target, sourcePort: 'output', targetPort: 'input' })

  it('is refused with a reason when the types do not fit', () => {
    expect(mayConnect(rows, meta, types, ends('f', 'n'))).toMatchObject({ code: 'E-EDGE-TYPE', node: 'n' })
  })

  it('is refused when it closes a circle of waiting', () => {
    expect(mayConnect(rows, meta, types, ends('n', 'n'))).toMatchObject({ code: 'E-EDGE-CYCLE' })
    expect(mayConnect(rows, meta, types, ends('c', 'c'))).toBeUndefined()
  })

  it('is refused when it stands already', () => {
    expect(mayConnect({ ...rows, edges: [edge('e', 'n', 'x')] }, meta, types, ends('n', 'x'))?.code).toBe('E-EDGE-DUPLICATE')
  })

  it('takes everything to and from an unknown type', () => {
    expect(mayConnect(rows, meta, types, ends('f', 'x'))).toBeUndefined()
  })
})

/** The cases that pytest reads too: graph and types are written short, with defaults left out. */
interface Vectors {
  types: (Pick<NodeType, 'type'> & { inputs?: Partial<Port>[]; outputs?: Partial<Port>[] })[]
  cases: {
    name: string
    graph: { meta?: Partial<Meta>; nodes?: Record<string, Partial<Node>>; edges?: Record<string, Partial<Edge>> }
    problems?: { code: string; node?: string; edge?: string }[]
    visible?: { nodes: string[]; edges?: string[]; parents?: Record<string, string | null> }
    connect?: (Ends & { code: string | null })[]
  }[]
}
const file = join(import.meta.dirname, '../../../tests/vectors/checks.json')
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors
const full = (ports: Partial<Port>[] = []) => ports.map((each) => ({ ...plainPort(each.name ?? ''), ...each }))
const known = new Map(
  vectors.types.map((each) => [
    each.type,
    { portsFrom: null, title: each.type, params: {}, ...each, inputs: full(each.inputs), outputs: full(each.outputs) } as unknown as NodeType,
  ]),
)

describe('the cases shared with Python', () => {
  it.each(vectors.cases.map((each) => [each.name, each] as const))('%s', (_, { graph, problems, connect, visible: seen }) => {
    const rows = {
      nodes: Object.entries(graph.nodes ?? {}).map(([id, fields]) => node(id, '', fields)),
      edges: Object.entries(graph.edges ?? {}).map(([id, fields]) => edge(id, '', '', fields)),
    }
    const all = { ...meta, ...graph.meta }
    expect(check(rows, all, known).map((each) => [each.code, each.node, each.edge])).toEqual(
      (problems ?? []).map((each) => [each.code, each.node ?? null, each.edge ?? null]),
    )
    for (const { code, ...ends } of connect ?? []) {
      expect(mayConnect(rows, all, known, ends)?.code ?? null, JSON.stringify(ends)).toBe(code)
    }
    if (seen === undefined) return
    const shown = visible(rows)
    expect(shown.nodes.map((each) => each.id).sort()).toEqual(seen.nodes)
    if (seen.edges) expect(shown.edges.map((each) => each.id).sort()).toEqual(seen.edges)
    const parents = Object.fromEntries(shown.nodes.map((each) => [each.id, each.parent]))
    expect(parents).toMatchObject(seen.parents ?? {})
  })
})
