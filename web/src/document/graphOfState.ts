import * as Y from 'yjs'
import { GraphDocument } from './graphDocument'
import type { Graph } from './schema.gen'

/** The graph of a whole document, given as one Yjs v1 update. Throws for bytes that are none. */
export function graphOfState(state: Uint8Array): Graph {
  const doc = new Y.Doc()
  try {
    Y.applyUpdate(doc, state)
    return new GraphDocument(doc).graph()
  } finally {
    doc.destroy()
  }
}
