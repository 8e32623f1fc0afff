import { describe, expect, it } from 'vitest'
import { copySelection, pasteSelection } from './clipboard'
import { GraphDocument } from './graphDocument'

describe('copy and paste', () => {
  it('takes nodes, what they contain and the edges between them to another graph, with new ids', () => {
    const from = new GraphDocument()
    const a = from.addNode('Chat', { pos: [8, 8], params: { text: 'Hi' } })
    const group = from.addNode('Group', { pos: [200, 0] })
    const inner = from.addNode('Log', { parent: group, pos: [16, 16] })
    from.connect({ source: a, target: group, varName: 'x' })
    const outside = from.addNode('LLM')
    from.connect({ source: a, target: outside })
    const text = copySelection({ nodes: from.allNodes(), edges: from.allEdges() }, new Set([a, group])) ?? ''

    const to = new GraphDocument()
    const made = pasteSelection(to, text, [100, 0])
    expect(made).toHaveLength(3)
    expect(made).not.toContain(a)
    expect(to.allEdges()).toMatchObject([{ varName: 'x' }])
    expect(to.allNodes().find((node) => node.type === 'Chat')).toMatchObject({ pos: [108, 8], params: { text: 'Hi' } })
    const copied = to.allNodes().find((node) => node.type === 'Log')
    expect(copied?.parent).toBe(to.allNodes().find((node) => node.type === 'Group')?.id)
    expect(copied?.pos).toEqual([16, 16])
    expect(copied?.id).not.toBe(inner)
  })

  it('puts what comes without its container where it is told to, and leaves the ends of a group with their group', () => {
    const graph = new GraphDocument()
    const group = graph.addNode('Group')
    const end = graph.addNode('GroupInput', { parent: group, params: { port: 'input' } })
    const inner = graph.addNode('Log', { parent: group, pos: [16, 16] })
    graph.connect({ source: end, target: inner })
    const rows = { nodes: graph.allNodes(), edges: graph.allEdges() }
    const text = copySelection(rows, new Set([end, inner])) ?? ''
    expect(copySelection(rows, new Set([end]))).toBeUndefined()

    const [beside = '', ...more] = pasteSelection(graph, text, [8, 8], (node) => node.parent)
    expect(more).toEqual([])
    expect(graph.node(beside)).toMatchObject({ parent: group, pos: [24, 24] })
    const [onTop = ''] = pasteSelection(graph, text, [8, 8])
    expect(graph.node(onTop)?.parent).toBeNull()
    expect(graph.allEdges()).toHaveLength(1)
  })

  it('pastes nothing from text that is no selection', () => {
    const graph = new GraphDocument()
    for (const text of ['', 'hello', '{"flowroom":"selection"', '{"flowroom":"selection","nodes":[{}],"edges":7}']) {
      expect(pasteSelection(graph, text, [0, 0])).toEqual([])
    }
    expect(graph.allNodes()).toEqual([])
  })

  it('WEB-51: pastes nothing of what the server would refuse, or by which more than itself is written', () => {
    const graph = new GraphDocument()
    const deep = JSON.parse('['.repeat(33) + ']'.repeat(33)) as unknown
    const clip = (node: object, edges: object[] = []) => JSON.stringify({ flowroom: 'selection', version: 1, nodes: [{ id: 'a', type: 'Log', pos: [0, 0], ...node }], edges })
    for (const text of [
      clip({ params: { value: deep } }),
      clip({ pinned: deep }),
      clip({}, [{ id: 'e', source: 'a', target: 'a', note: deep }]),
      clip({ params: { value: 7 } }).replace('7', '1e999'),
    ]) {
      expect(pasteSelection(graph, text, [0, 0])).toEqual([])
    }
    expect(graph.allNodes()).toEqual([])

    const [id = ''] = pasteSelection(graph, clip({ parent: 7, name: { a: 1 }, params: [], size: 'wide', ports: 3, ['__proto__x']: 1 }).replace('__proto__x', '__proto__'), [0, 0])
    expect(graph.node(id)).toMatchObject({ id, type: 'Log', name: '', parent: null, size: null, ports: null })
    expect(({} as Record<string, unknown>)['type']).toBeUndefined()
  })

  it('copies nothing when no node is selected', () => {
    expect(copySelection({ nodes: [], edges: [] }, new Set(['edge']))).toBeUndefined()
  })
})
