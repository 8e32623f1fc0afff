import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { GraphDocument } from './graphDocument'
import { portionsOf } from './portions'

/** A document of two people who build on each other, with a long text that has characters of two halves, and deletions. */
function large(): Y.Doc {
  const [ann, ben] = [new GraphDocument(), new GraphDocument()]
  const exchange = () => {
    Y.applyUpdate(ben.doc, Y.encodeStateAsUpdate(ann.doc))
    Y.applyUpdate(ann.doc, Y.encodeStateAsUpdate(ben.doc))
  }
  for (let turn = 0; turn < 20; turn++) {
    const [one, other] = turn % 2 === 0 ? [ann, ben] : [ben, ann]
    const id = one.addNode('LLM', { params: { prompt: 'x😀'.repeat(500) } })
    exchange()
    other.text(id, 'prompt')?.insert(30, 'between')
    other.moveNodes(new Map([[id, [turn, turn]]]))
    exchange()
    if (turn % 5 === 0) one.delete([id])
  }
  exchange()
  return ann.doc
}

describe('portions of an update', () => {
  it('WEB-50: are small, come in an order in which each has what it builds on, and are the whole', () => {
    const doc = large()
    const portions = portionsOf(Y.encodeStateAsUpdate(doc), 1000)
    expect(portions.length).toBeGreaterThan(20)
    expect(Math.max(...portions.map(({ update }) => update.length))).toBeLessThan(2200)
    const taker = new Y.Doc()
    for (const { update, ends } of portions) {
      Y.applyUpdate(taker, update)
      expect(taker.store.pendingStructs).toBeNull()
      expect(taker.store.pendingDs).toBeNull()
      for (const [client, end] of ends) expect(Y.getState(taker.store, client)).toBe(end)
    }
    expect(taker.getMap('nodes').toJSON()).toEqual(doc.getMap('nodes').toJSON())
    expect(Y.encodeStateVector(taker)).toEqual(Y.encodeStateVector(doc))
    expect(Y.encodeStateAsUpdate(taker, Y.encodeStateVector(doc))).toEqual(Y.encodeStateAsUpdate(doc, Y.encodeStateVector(doc)))
  })

  it('WEB-50: go on from what somebody has', () => {
    const doc = large()
    const taker = new Y.Doc()
    Y.applyUpdate(taker, Y.encodeStateAsUpdate(doc))
    new GraphDocument(doc).addNode('Template', { params: { template: 'y'.repeat(5000) } })
    for (const { update } of portionsOf(Y.encodeStateAsUpdate(doc, Y.encodeStateVector(taker)), 1000)) Y.applyUpdate(taker, update)
    expect(taker.getMap('nodes').toJSON()).toEqual(doc.getMap('nodes').toJSON())
  })
})
