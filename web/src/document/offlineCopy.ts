/** The copy of a document that a browser keeps (IndexedDB), so that edits outlive a closed tab without a connection. */
import { IndexeddbPersistence } from 'y-indexeddb'
import type * as Y from 'yjs'

export interface OfflineCopy {
  /** Once what the copy holds is in the document. */
  readonly whenSynced: Promise<unknown>
  /** What is kept beside the document, such as the epoch it is of. */
  get(key: string): Promise<unknown>
  set(key: string, value: number): Promise<unknown>
  /** Forgets the copy, and keeps nothing from then on. */
  clearData(): Promise<unknown>
  destroy(): Promise<unknown>
}

/** Opens the copy under a name; undefined where a browser keeps nothing, as some do in private windows. */
export const offlineCopyNamed =
  (name: string) =>
  (doc: Y.Doc): OfflineCopy | undefined =>
    typeof indexedDB === 'undefined' ? undefined : new IndexeddbPersistence(name, doc)
