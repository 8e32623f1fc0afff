import { describe, expect, it } from 'vitest'
import { GraphDocument } from '@/document/graphDocument'
import { GraphStore } from '@/document/store'
import type { NodeType, Port } from '@/document/schema.gen'
import { FlowElements } from './flowElements'
import { edgeCurve, viewOf } from './geometry'
import { makeWay } from './makeWay'
import { inReadingOrder } from './readingOrder'
import { curveOf, layOut, nodeAt, nodesWithin, withMoving } from './scene'
import { walk } from './walk'

const port = (name: string): Port => ({ name, label: '', type: 'any', arity: 'single', required: false, feedback: false })
const type = (name: string, more: Partial<NodeType> = {}) =>
  [name, { type: name, title: name, inputs: [port('input')], outputs: [port('output')], body: 'plain', portsFrom: null, container: false, ...more }] as unknown as [string, NodeType]
const types = new Map([type('Step'), type('Group', { container: true, inputs: [], outputs: [] })])
const none = new Set<string>()
const still = new Map<string, readonly [number, number]>()

function chain(length: number) {
  const document = new GraphDocument()
  const ids = Array.from({ length }, (_, at) => document.addNode('Step', { pos: [at * 400, 0] }))
  ids.slice(1).forEach((id, at) => document.connect({ source: ids[at] ?? '', target: id }))
  return { document, store: new GraphStore(document), ids }
}

/** Added in no order at all. */
function written() {
  const document = new GraphDocument()
  const put = (id: string, x: number, y: number, parent: string | null = null) =>
    document.addNode(id === 'group' ? 'Group' : 'Step', { id, pos: [x, y], parent })
  put('below right', 804, 400)
  put('above right', 808, 0)
  put('below', 400, 900)
  put('group', 400, 0)
  put('inner right', 600, 40, 'group')
  put('inner left', 40, 60, 'group')
  put('first', 0, 500)
  const flow = new FlowElements()
  const scene = () => layOut(document.allNodes(), [], types)
  const cards = () => flow.nodes(scene(), none, still)
  const named = (entries: readonly ({ id: string } | { node: { id: string } })[]) => entries.map((entry) => ('id' in entry ? entry.id : entry.node.id))
  const read = () => named(inReadingOrder(scene()))
  return { document, elements: { scene, cards }, named, read }
}

describe('a laid-out graph', () => {
  it('puts contents inside their container, which grows around them', () => {
    const document = new GraphDocument()
    const group = document.addNode('Group', { pos: [100, 100] })
    const inner = document.addNode('Step', { parent: group, pos: [40, 60] })
    const scene = layOut(document.allNodes(), [], types)
    expect(scene.nodes.get(inner)?.box).toMatchObject({ x: 140, y: 160 })
    const outer = scene.nodes.get(group)?.box
    expect((outer?.x ?? 0) + (outer?.width ?? 0)).toBeGreaterThan(140 + (scene.nodes.get(inner)?.box.width ?? 0))
  })

  it('gives a card more height than it has of its own when its ports would leave no room for what comes out', () => {
    const ports = ['output', 'status', 'headers'].map(port)
    const fetching = new Map([type('Fetch', { outputs: ports })])
    const document = new GraphDocument()
    const [low, high] = [140, 300].map((height) => document.addNode('Fetch', { size: [260, height] }))
    const { nodes } = layOut(document.allNodes(), [], fetching)
    expect(nodes.get(low ?? '')?.box.height).toBe(48 + 3 * 24 + 4 + 64)
    expect(nodes.get(high ?? '')?.box.height).toBe(300)
  })

  it('shows what lies in something that is no container, or of an unknown type, beside it', () => {
    const document = new GraphDocument()
    const holders = [document.addNode('Step'), document.addNode('Mystery')]
    const lost = holders.map((parent) => document.addNode('Step', { parent, pos: [40, 60] }))
    const scene = layOut(document.allNodes(), [], types)
    for (const id of lost) expect(scene.nodes.get(id)?.box).toMatchObject({ x: 40, y: 60 })
    const cards = new FlowElements().nodes(scene, none, still)
    expect(cards.map((card) => card.parentId)).toEqual([undefined, undefined, undefined, undefined])
  })

  it('gives a card the ports that its edges use, also those its type does not have', () => {
    const document = new GraphDocument()
    const [a, b] = [document.addNode('Step'), document.addNode('Mystery')]
    document.connect({ source: a, sourcePort: 'gone', target: b, targetPort: 'odd' })
    const scene = layOut(document.allNodes(), document.allEdges(), types)
    expect(scene.nodes.get(a)?.ports.outputs.map((each) => each.name)).toEqual(['output', 'gone'])
    expect(scene.nodes.get(b)?.ports.inputs.map((each) => each.name)).toEqual(['odd'])
  })

  it('leads an edge that runs back below its cards, and ends where the port is', () => {
    const { document, ids } = chain(2)
    const back = document.connect({ source: ids[1] ?? '', target: ids[0] ?? '' })
    const scene = layOut(document.allNodes(), document.allEdges(), types)
    const drawn = document.edge(back)
    const curve = drawn && curveOf(scene, drawn)
    expect(curve?.below).toBeGreaterThan(curve?.y1 ?? Infinity)
    const end = curve && edgeCurve(curve).at(-1)
    expect(end?.slice(4)).toEqual([curve?.x2, curve?.y2])
  })

  it('keeps a thousand flow nodes but the one that moved', () => {
    const { document, store, ids } = chain(1000)
    const elements = new FlowElements()
    const before = elements.nodes(layOut(store.nodes, store.edges, types), none, still)
    document.moveNodes(new Map([[ids[500] ?? '', [8, 800]]]))
    const after = elements.nodes(layOut(store.nodes, store.edges, types), none, still)
    expect(after.filter((card, at) => card !== before[at])).toHaveLength(1)
    const dragged = elements.nodes(layOut(store.nodes, store.edges, types), none, new Map([[ids[3] ?? '', [1, 2]]]))
    expect(dragged.filter((card, at) => card !== after[at])).toHaveLength(1)
  })

  it('WEB-37: is read left to right, a column from top to bottom, and what is in a group after the group', () => {
    const { read, document } = written()
    expect(read()).toEqual(['first', 'group', 'inner left', 'inner right', 'below', 'above right', 'below right'])
    document.moveNodes(new Map([['first', [2000, 0]]]))
    expect(read()).toEqual(['group', 'inner left', 'inner right', 'below', 'above right', 'below right', 'first'])
  })

  it('WEB-37: keeps each card where it is in the page, wherever others put nodes and whatever they add', () => {
    const { elements, named, document } = written()
    const before = named(elements.cards())
    document.moveNodes(new Map([['first', [2000, 0]], ['below right', [-2000, 0]]]))
    document.addNode('Step', { id: 'new', pos: [-4000, 0] })
    expect(named(elements.cards()).filter((id) => id !== 'new')).toEqual(before)
  })

  it('keeps every line while a node between others is dragged', () => {
    const { store } = chain(50)
    const elements = new FlowElements()
    const scene = layOut(store.nodes, store.edges, types)
    const before = elements.edges(scene, none)
    const after = elements.edges(layOut(store.nodes, store.edges, types), none)
    expect(after.every((line, at) => line === before[at])).toBe(true)
  })

  it('keeps the list of lines while cards move and no edge comes to run back', () => {
    const { document, store, ids } = chain(50)
    const elements = new FlowElements()
    const lines = () => elements.edges(layOut(store.nodes, store.edges, types), none)
    const before = lines()
    document.moveNodes(new Map([[ids[20] ?? '', [20 * 400 + 16, 300]]]))
    expect(lines()).toBe(before)
    document.moveNodes(new Map([[ids[20] ?? '', [0, 300]]]))
    expect(lines().filter((line, at) => line !== before[at])).toHaveLength(1)
  })

  it('is walked along its edges and to neighbours above and below', () => {
    const { document, ids } = chain(3)
    const below = document.addNode('Step', { pos: [400, 300] })
    const scene = layOut(document.allNodes(), document.allEdges(), types)
    const [a, b, c] = ids
    expect(walk(scene, undefined, 'forward')).toBe(a)
    expect(walk(scene, a, 'forward')).toBe(b)
    expect(walk(scene, c, 'back')).toBe(b)
    expect(walk(scene, b, 'down')).toBe(below)
    expect(walk(scene, below, 'up')).toBe(b)
    expect(walk(scene, c, 'forward')).toBeUndefined()
    const [first, second] = scene.edges.map(({ id }) => id)
    expect([undefined, a, first, second, c].map((from) => walk(scene, from, 'edge'))).toEqual([first, first, second, first, second])
    expect([walk(scene, second, 'forward'), walk(scene, second, 'back')]).toEqual([c, b])
  })

  it('moves what a container holds along with it, while it is dragged', () => {
    const document = new GraphDocument()
    const group = document.addNode('Group', { pos: [100, 100] })
    const inner = document.addNode('Step', { parent: group, pos: [40, 60] })
    const scene = layOut(document.allNodes(), [], types)
    const moved = withMoving(scene, new Map([[group, [150, 90] as const]]))
    expect(moved.nodes.get(inner)?.box).toMatchObject({ x: 190, y: 150 })
    expect(withMoving(scene, new Map())).toBe(scene)
  })

  it('calls edges by the nodes they join, and by ports where there are several', () => {
    const two = new Map([...types, type('Fork', { outputs: [port('then'), port('else')] })])
    const document = new GraphDocument()
    const [fork, step] = [document.addNode('Fork', { name: 'Big?' }), document.addNode('Step')]
    document.connect({ source: fork, sourcePort: 'else', target: step, targetPort: 'input' })
    const elements = new FlowElements()
    const label = () => elements.edges(layOut(document.allNodes(), document.allEdges(), two), none)[0]?.ariaLabel
    expect(label()).toBe('Edge from Big?, else to Step')
    document.updateNode(step, { name: 'Small day' })
    expect(label()).toBe('Edge from Big?, else to Small day')
  })

  it('knows what is at a place and in a box: the inside of a container is open ground', () => {
    const document = new GraphDocument()
    const group = document.addNode('Group', { pos: [0, 0], size: [600, 400] })
    const inner = document.addNode('Step', { parent: group, pos: [40, 60] })
    const scene = layOut(document.allNodes(), [], types)
    expect(nodeAt(scene, [60, 70])).toBe(inner)
    expect(nodeAt(scene, [500, 350])).toBe(group)
    expect(nodeAt(scene, [900, 0])).toBeUndefined()
    expect(nodesWithin(scene, { x: 30, y: 50, width: 100, height: 100 })).toEqual([inner])
    expect(nodesWithin(scene, { x: -10, y: -10, width: 700, height: 500 })).toEqual([group, inner])
  })

  it('makes way for something that grew, on both of its sides, each as one piece', () => {
    const { document, ids } = chain(5)
    const grown = document.addNode('Group', { pos: [700, -50], size: [500, 200] })
    document.moveNodes(makeWay(layOut(document.allNodes(), [], types), grown))
    const { nodes } = layOut(document.allNodes(), [], types)
    const box = (id: string | undefined) => nodes.get(id ?? '')?.box ?? { x: 0, y: 0, width: 0, height: 0 }
    const edges = ids.map((id) => [box(id).x, box(id).x + box(id).width] as const)
    expect(edges.every(([left, right]) => right <= 700 - 48 || left >= 1200 + 48)).toBe(true)
    expect(edges.slice(1).every(([left], at) => left > (edges[at]?.[1] ?? 0))).toBe(true)
  })

  it('fits into a window with room around it', () => {
    const view = viewOf({ x: 0, y: 0, width: 2000, height: 500 }, { width: 1000, height: 800 }, { margin: 50 })
    expect(view.zoom).toBeCloseTo(0.45)
    expect(view.x).toBeCloseTo(50)
    expect(view.y).toBeCloseTo(400 - 250 * 0.45)
  })
})
