/** Two editors of one graph for tests, joined by a wire that delivers when it is told to. */
import * as Y from 'yjs'
import { GraphDocument } from './graphDocument'

export function twoPeers() {
  const [ann, ben] = [new GraphDocument(new Y.Doc()), new GraphDocument(new Y.Doc())]
  const exchange = () => {
    const [a, b] = [ann.doc, ben.doc]
    const toBen = Y.encodeStateAsUpdate(a, Y.encodeStateVector(b))
    const toAnn = Y.encodeStateAsUpdate(b, Y.encodeStateVector(a))
    Y.applyUpdate(b, toBen, 'wire')
    Y.applyUpdate(a, toAnn, 'wire')
  }
  return { ann, ben, exchange }
}
