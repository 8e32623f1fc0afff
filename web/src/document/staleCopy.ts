/**
 * What becomes of this browser's copy when the graph was taken back to an earlier state: what only this browser has is
 * kept as a version on the server, and only then is the copy cleared. A copy that was cleared too early is lost; one that
 * stayed would be merged into the restored graph.
 */
import * as Y from 'yjs'

export interface StaleCopy {
  /** Whether the copy may hold edits that the server never stored. */
  hasOwnEdits: boolean
  /** Which epoch the copy is of. */
  epoch: number
  /** Keeps a state as a version of the graph; undefined for those who may not edit. Rejects when it can't be done now. */
  keepVersion: ((state: Uint8Array<ArrayBuffer>, epoch: number) => Promise<unknown>) | undefined
  /** Forgets the copy in this browser. */
  clear: () => Promise<unknown>
}

/** Lets go of a document of an old epoch. Rejects, and clears nothing, when what is only here could not be kept. */
export async function letGo(doc: Y.Doc, copy: StaleCopy): Promise<void> {
  const isEmpty = doc.store.clients.size === 0
  if (copy.hasOwnEdits && !isEmpty && copy.keepVersion) {
    await copy.keepVersion(Y.encodeStateAsUpdate(doc) as Uint8Array<ArrayBuffer>, copy.epoch)
  }
  await copy.clear()
}
