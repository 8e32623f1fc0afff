import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { check, mayConnect } from './checks'
import { edgeDefaults, metaDefaults, nodeDefaults } from './protocol.gen'
import type { Edge, Meta, Node, NodeType } from './schema.gen'

const meta = metaDefaults as unknown as Meta
const node = (id: string, type: string, more: Partial<Node> = {}) => ({ ...nodeDefaults, id, type, ...more }) as Node
const edge = (id: string, source: string, target: string, more: Partial<Edge> = {}) =>
  ({ ...edgeDefaults, id, source, target, ...more }) as Edge
const port = (name: string, type = 'any', more = {}) => ({ name, label: '', type, arity: 'single', required: false, feedback: false, ...more })
const type = (name: string, inputs: object[], outputs: object[]) =>
  [name, { type: name, inputs, outputs, portsFrom: null }] as unknown as [string, NodeType]
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

/** The cases that pytest reads too; each gives a graph, the node types and what must be found. */
interface Vector {
  name: string
  graph: { meta?: Partial<Meta>; nodes?: Record<string, Partial<Node>>; edges?: Record<string, Partial<Edge>> }
  problems: { code: string; node?: string | null; edge?: string | null }[]
}
const folder = join(import.meta.dirname, '../../../tests/vectors')
const vectorFiles = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : []

describe.runIf(vectorFiles.length > 0)('the cases shared with Python', () => {
  for (const file of vectorFiles) {
    const { types: described, cases } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { types?: NodeType[]; cases: Vector[] }
    const known = new Map((described ?? []).map((each) => [each.type, each]))
    it.each(cases.map((each) => [each.name, each] as const))(`${file}: %s`, (_, { graph, problems }) => {
      const rows = {
        nodes: Object.entries(graph.nodes ?? {}).map(([id, fields]) => node(id, '', fields)),
        edges: Object.entries(graph.edges ?? {}).map(([id, fields]) => edge(id, '', '', fields)),
      }
      const found = check(rows, { ...meta, ...graph.meta }, known)
      expect(found.map((each) => [each.code, each.node, each.edge])).toEqual(
        problems.map((each) => [each.code, each.node ?? null, each.edge ?? null]),
      )
    })
  }
})
