import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { check } from './checks'
import { GraphDocument } from './graphDocument'
import { edgeDefaults, maxCoordinate, metaDefaults, nodeDefaults } from './protocol.gen'
import { readNode } from './records'
import type { Edge, Meta, Node } from './schema.gen'
import { GraphStore } from './store'

const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])
/** What any Yjs client may put anywhere. */
const odd: Record<string, () => unknown> = {
  nan: () => NaN,
  infinity: () => -Infinity,
  bigint: () => 2n ** 62n,
  large: () => 1e308,
  undefined: () => undefined,
  null: () => null,
  bytes: () => new Uint8Array([1, 2]),
  true: () => true,
  text: () => 'odd',
  empty: () => '',
  pair: () => [1, 2],
  'pair of bigints': () => [1n, 2n],
  triple: () => [1, 2, 3],
  'far away': () => [1e300, 0],
  object: () => ({ a: 1 }),
  'object with bigints': () => ({ inputs: 5n, attempts: 3n }),
  texts: () => ['a', 'b'],
  fraction: () => 1.5,
  negative: () => -7,
  nul: () => '\0',
  '__proto__': () => '__proto__',
  deep: () => nested(31),
  'shared map': () => new Y.Map([['inner', new Y.Text('x')]]),
  'shared array': () => Y.Array.from<number | string>([1, 'a']),
  'shared text': () => new Y.Text('hello'),
}
const nodeFields = ['id', 'type', ...Object.keys(nodeDefaults), 'phase1', '__proto__']
const edgeFields = ['id', 'source', 'target', ...Object.keys(edgeDefaults), 'phase1']
const metaFields = [...Object.keys(metaDefaults), 'phase1']

function write(graph: GraphDocument, root: 'nodes' | 'edges', id: string, fields: Record<string, unknown>) {
  const record = new Y.Map<unknown>(Object.entries(fields))
  graph.doc.getMap(root).set(id, record)
  return record
}

/** What the editor does with every row, and what TypeScript believes of it. */
function isSound(store: GraphStore) {
  for (const node of store.nodes) expect(asDeclared(node)).toEqual([])
  for (const edge of store.edges) expect(edgeAsDeclared(edge)).toEqual([])
  JSON.stringify([store.nodes, store.edges, store.meta])
  check(store, store.meta, new Map())
}

const texts = (value: unknown) => Array.isArray(value) && value.every((each) => typeof each === 'string')
const place = (value: unknown) =>
  Array.isArray(value) && value.length === 2 && value.every((each) => Math.abs(Number(each)) <= maxCoordinate)

function asDeclared(node: Node): string[] {
  const wrong = {
    id: typeof node.id !== 'string',
    type: typeof node.type !== 'string',
    typeVersion: !Number.isSafeInteger(node.typeVersion),
    name: typeof node.name !== 'string',
    pos: !place(node.pos),
    size: node.size !== null && !place(node.size),
    params: typeof node.params !== 'object',
    parent: node.parent !== null && typeof node.parent !== 'string',
    ports: node.ports !== null && !(texts(node.ports.inputs) && texts(node.ports.outputs)),
    runWhen: typeof node.runWhen !== 'string',
    retry: node.retry !== null && typeof node.retry.attempts !== 'number',
    timeout: node.timeout !== null && !(node.timeout > 0),
    onError: !['fail', 'port'].includes(node.onError),
    disabled: typeof node.disabled !== 'boolean',
  }
  return Object.entries(wrong).flatMap(([field, is]) => (is ? [field] : []))
}

function edgeAsDeclared(edge: Edge): string[] {
  const fields = ['id', 'source', 'target', 'sourcePort', 'targetPort', 'kind'] as const
  const wrong = fields.filter((field) => typeof edge[field] !== 'string') as string[]
  return Number.isSafeInteger(edge.order) ? wrong : [...wrong, 'order']
}

describe('a document that a stranger wrote (DOC-6)', () => {
  it.each(nodeFields)('may have anything as the %s of a node', (field) => {
    const graph = new GraphDocument()
    const records = Object.entries(odd).map(([name, value]) =>
      write(graph, 'nodes', name, { type: 'Log', pos: [0, 0], params: new Y.Map(), [field]: value() }),
    )
    const store = new GraphStore(graph)
    isSound(store)
    for (const record of records) record.set('name', 'again')
    isSound(store)
    for (const { id } of store.nodes) {
      graph.updateNode(id, { name: 'mine', size: [10, 10], timeout: 5 })
      graph.setParam(id, 'level', 'info')
      graph.moveNodes(new Map([[id, [8, 8]]]))
    }
    isSound(store)
    for (const { id } of store.nodes) expect(store.node(id)).toMatchObject({ name: 'mine', pos: [8, 8], timeout: 5 })
    graph.delete(store.nodes.map(({ id }) => id))
    expect(store.nodes).toEqual([])
  })

  it.each(edgeFields)('may have anything as the %s of an edge', (field) => {
    const graph = new GraphDocument()
    for (const id of ['a', 'b']) write(graph, 'nodes', id, { type: 'Log' })
    for (const [name, value] of Object.entries(odd)) {
      write(graph, 'edges', name, { source: 'a', target: 'b', [field]: value() })
    }
    const store = new GraphStore(graph)
    isSound(store)
    for (const { id } of store.edges) graph.updateEdge(id, { label: 'mine', condition: 'value > 0' })
    graph.connect({ source: 'b', target: 'a' })
    isSound(store)
    graph.delete(['a'])
    expect(store.edges).toEqual([])
  })

  it.each(metaFields)('may have anything as its %s', (field) => {
    for (const value of Object.values(odd)) {
      const graph = new GraphDocument()
      graph.meta.set(field, value())
      const store = new GraphStore(graph)
      const { title, description, live, lastRun, execution, schemaVersion, flowVariables }: Meta = store.meta
      expect([title, description].every((each) => typeof each === 'string')).toBe(true)
      expect([live, flowVariables].every((each) => typeof each === 'boolean')).toBe(true)
      expect(lastRun === null || typeof lastRun === 'string').toBe(true)
      expect(['dataflow', 'cascade']).toContain(execution)
      expect(schemaVersion).toBeGreaterThanOrEqual(1)
      graph.setMeta({ title: 'mine', live: true })
      expect(store.meta).toMatchObject({ title: 'mine', live: true })
    }
  })

  it('may have parameters of any kind, and prose that is no text', () => {
    const graph = new GraphDocument()
    for (const [name, value] of Object.entries(odd)) {
      const params = new Y.Map<unknown>(['prompt', 'model', '', '__proto__'].map((key) => [key, value()]))
      write(graph, 'nodes', name, { type: 'LLM', params })
    }
    const store = new GraphStore(graph)
    isSound(store)
    for (const { id } of store.nodes) {
      graph.setParam(id, 'model', 'mine')
      graph.setParam(id, 'prompt', 'mine')
      expect(graph.ensureText(id, 'prompt')?.toString()).toContain('mine')
    }
    isSound(store)
  })

  it('may have records that are no maps, and roots that were written to as lists and texts', () => {
    const writer = new Y.Doc()
    for (const [name, value] of Object.entries(odd)) for (const root of ['nodes', 'edges']) writer.getMap(root).set(name, value())
    const lister = new Y.Doc()
    for (const root of ['nodes', 'edges', 'meta']) lister.getArray(root).push(['a', new Y.Map(), 5])
    const graph = new GraphDocument()
    const store = new GraphStore(graph)
    for (const doc of [writer, lister]) Y.applyUpdate(graph.doc, Y.encodeStateAsUpdate(doc))
    store.flush()
    graph.addNode('Log', { id: 'mine' })
    isSound(store)
    expect(store.nodes.map(({ id }) => id)).toEqual(['mine'])
    expect(new GraphStore(graph).nodes).toHaveLength(1)
    graph.graph()
  })

  it('reads what Python reads', () => {
    const graph = new GraphDocument()
    const record = write(graph, 'nodes', 'a', { type: 'Log', pos: [1e300, 0], retry: { attempts: 2 }, pinned: NaN })
    record.set('params', new Y.Map<unknown>([['big', 2n ** 62n]]))
    expect(readNode('a', record)).toMatchObject({
      pos: [0, 0],
      retry: { attempts: 2, delay: 1, factor: 2, maxDelay: 60, jitter: true },
      pinned: null,
      params: { big: 2 ** 62 },
    })
  })

  it('may nest containers thousands deep, which are shown in bundles of 33 and deleted at once', () => {
    const graph = new GraphDocument()
    graph.gesture(() => {
      for (let at = 0; at < 5000; at++) graph.addNode('Group', { id: `n${String(at)}`, parent: `n${String(at + 1)}` })
    })
    const store = new GraphStore(graph)
    expect(store.nodes.filter((node) => node.parent === null)).toHaveLength(Math.ceil(5000 / 33))
    graph.delete(['n4999'])
    expect(store.nodes).toEqual([])
  })
})
