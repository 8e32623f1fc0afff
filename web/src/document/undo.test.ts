import { describe, expect, it } from 'vitest'
import { twoPeers } from './twoPeers'
import { UndoHistory } from './undo'

describe('undo', () => {
  it("takes back one's own gestures and leaves those of others", () => {
    const { ann, ben, exchange } = twoPeers()
    const undo = new UndoHistory(ann)
    const mine = ann.addNode('LLM')
    exchange()
    const theirs = ben.addNode('Log')
    ben.updateNode(mine, { name: 'Named by Ben' })
    exchange()
    undo.undo()
    exchange()
    expect(ben.allNodes().map((node) => node.id)).toEqual([theirs])
    undo.undo()
    expect(ann.node(theirs)).toBeDefined()
  })

  it('takes back gestures made in quick succession one by one', () => {
    const { ann } = twoPeers()
    const undo = new UndoHistory(ann)
    const id = ann.addNode('Log', { pos: [0, 0] })
    ann.moveNodes(new Map([[id, [8, 0]]]))
    ann.moveNodes(new Map([[id, [16, 0]]]))
    undo.undo()
    expect(ann.node(id)?.pos).toEqual([8, 0])
    undo.undo()
    expect(ann.node(id)?.pos).toEqual([0, 0])
    undo.redo()
    expect(ann.node(id)?.pos).toEqual([8, 0])
  })

  it('takes back typing in one field as one step', () => {
    const { ann } = twoPeers()
    const undo = new UndoHistory(ann)
    const id = ann.addNode('Log', { name: '' })
    for (const name of ['a', 'ab', 'abc']) ann.updateNode(id, { name })
    undo.undo()
    expect(ann.node(id)?.name).toBe('')
  })

  it('brings a deleted node back with its edges and text, to be edited again by id', () => {
    const { ann, ben, exchange } = twoPeers()
    const a = ann.addNode('Chat')
    const b = ann.addNode('LLM', { params: { prompt: 'Hi' } })
    const edge = ann.connect({ source: a, target: b })
    const undo = new UndoHistory(ann)
    ann.delete([b])
    exchange()
    undo.undo()
    ann.setParam(b, 'prompt', 'Hi there')
    exchange()
    expect(ben.node(b)?.params['prompt']).toBe('Hi there')
    expect(ben.edge(edge)).toMatchObject({ source: a, target: b })
  })

  it('does not take in what the server wrote, such as the last run', () => {
    const { ann } = twoPeers()
    const undo = new UndoHistory(ann)
    ann.doc.transact(() => ann.meta.set('lastRun', 'r1'), 'server')
    expect(undo.state).toEqual({ canUndo: false, canRedo: false })
  })
})
