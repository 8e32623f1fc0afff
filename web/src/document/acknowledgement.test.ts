import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { Acknowledgement } from './acknowledgement'
import { GraphDocument } from './graphDocument'

/** An editor whose updates are collected, with the count of those that are not durable. */
function editor() {
  const graph = new GraphDocument(new Y.Doc())
  const acknowledgement = new Acknowledgement(graph.doc)
  const sent: Uint8Array[] = []
  graph.doc.on('update', (update: Uint8Array, origin: unknown) => {
    if (origin === 'server') return
    sent.push(update)
    acknowledgement.sent(update)
  })
  return { graph, acknowledgement, sent }
}

describe('an edit', () => {
  it('is durable once the server sent it back', () => {
    const { graph, acknowledgement, sent } = editor()
    graph.addNode('Log')
    expect(acknowledgement.unacknowledged).toBe(1)
    acknowledgement.received(sent[0] ?? new Uint8Array())
    expect(acknowledgement.unacknowledged).toBe(0)
  })

  it('is durable when its echo came merged with others', () => {
    const { graph, acknowledgement, sent } = editor()
    const id = graph.addNode('Log')
    graph.updateNode(id, { name: 'x' })
    graph.delete([id])
    const stranger = new GraphDocument()
    stranger.addNode('Chat')
    acknowledgement.received(Y.mergeUpdates([Y.encodeStateAsUpdate(stranger.doc), ...sent]))
    expect(acknowledgement.unacknowledged).toBe(0)
  })

  it('waits while only earlier edits came back', () => {
    const { graph, acknowledgement, sent } = editor()
    graph.addNode('Log')
    graph.addNode('Chat')
    acknowledgement.received(sent[0] ?? new Uint8Array())
    expect(acknowledgement.unacknowledged).toBe(1)
  })

  it('that only deletes is durable when anyone’s update covers the deletion', () => {
    const { graph, acknowledgement, sent } = editor()
    const id = graph.addNode('Log')
    acknowledgement.received(sent[0] ?? new Uint8Array())
    const other = new GraphDocument(new Y.Doc())
    Y.applyUpdate(other.doc, Y.encodeStateAsUpdate(graph.doc))
    graph.delete([id])
    expect(acknowledgement.unacknowledged).toBe(1)
    other.delete([id])
    acknowledgement.received(Y.encodeStateAsUpdate(other.doc, Y.encodeStateVector(graph.doc)))
    expect(acknowledgement.unacknowledged).toBe(0)
  })

  it('of many nodes that lie apart is durable once all of its deletions came back, in whatever pieces', () => {
    const { graph, acknowledgement, sent } = editor()
    const ids = graph.gesture(() => Array.from({ length: 60 }, () => graph.addNode('Log', { pos: [0, 0] })))
    acknowledgement.received(sent[0] ?? new Uint8Array())
    const server = new Y.Doc()
    Y.applyUpdate(server, sent[0] ?? new Uint8Array())
    const apart = ids.filter((_, at) => at % 2 === 0)
    graph.delete(apart)
    const other = new GraphDocument(server)
    for (const left of [20, 10, 0]) {
      const from = Y.encodeStateVector(other.doc)
      other.delete(apart.slice(left))
      acknowledgement.received(Y.encodeStateAsUpdate(other.doc, from))
      expect(acknowledgement.unacknowledged).toBe(left > 0 ? 1 : 0)
    }
  })

  it('made offline in an earlier tab counts until the server has it', () => {
    const earlier = new GraphDocument(new Y.Doc())
    const id = earlier.addNode('Log')
    const onServer = Y.encodeStateAsUpdate(earlier.doc)
    const server = new Y.Doc()
    Y.applyUpdate(server, onServer)
    earlier.addNode('Chat')
    earlier.delete([id])

    const tab = new Y.Doc()
    const acknowledgement = new Acknowledgement(tab)
    Y.applyUpdate(tab, Y.encodeStateAsUpdate(earlier.doc), 'copy')
    acknowledgement.serverState(Y.encodeStateVector(server))
    acknowledgement.receivedState(Y.encodeStateAsUpdate(server, Y.encodeStateVector(tab)))
    expect(acknowledgement.unacknowledged).toBe(2)

    acknowledgement.received(Y.encodeStateAsUpdate(tab, Y.encodeStateVector(server)))
    expect(acknowledgement.unacknowledged).toBe(0)
  })

  it('counts nothing when the server has everything', () => {
    const graph = new GraphDocument(new Y.Doc())
    graph.delete([graph.addNode('Log')])
    graph.addNode('Chat')
    const acknowledgement = new Acknowledgement(graph.doc)
    acknowledgement.serverState(Y.encodeStateVector(graph.doc))
    acknowledgement.receivedState(Y.encodeStateAsUpdate(graph.doc))
    expect(acknowledgement.unacknowledged).toBe(0)
  })
})
