/**
 * The copy of a document that a browser keeps (IndexedDB), so that edits outlive a closed tab without a connection. A
 * browser may forbid it, have no room, or close it at any time, as when its owner clears what a site has stored: then one
 * goes on as where nothing is kept, and it is known that nothing is.
 */
import * as idb from 'lib0/indexeddb'
import { IndexeddbPersistence, PREFERRED_TRIM_SIZE, storeState } from 'y-indexeddb'
import type * as Y from 'yjs'

export interface OfflineCopy {
  /** Once what the copy holds is in the document. Rejects when it can't be opened. */
  readonly whenSynced: Promise<unknown>
  /** Whether nothing is kept, or no longer all. */
  readonly isLost: boolean
  /** Whether a transaction with this origin only brought in what the copy holds. */
  made(origin: unknown): boolean
  /** What is kept beside the document, such as the epoch it is of. */
  get(key: string): Promise<unknown>
  set(key: string, value: number): Promise<unknown>
  /** Keep nothing from now on, and bring nothing more in; what is kept already stays for the next time. */
  giveUp(): void
  /** Forgets the copy, and keeps nothing from then on. */
  clearData(): Promise<unknown>
  destroy(): Promise<unknown>
}

/** Opens the copy under a name; undefined where a browser keeps nothing, as some do in private windows. */
export const offlineCopyNamed =
  (name: string) =>
  (doc: Y.Doc): OfflineCopy | undefined =>
    typeof indexedDB === 'undefined' ? undefined : new BrowserCopy(name, doc)

class BrowserCopy implements OfflineCopy {
  isLost = false
  private isOver = false
  private trim: ReturnType<typeof setTimeout> | undefined
  private readonly opened: Promise<IndexeddbPersistence>
  private stored: IndexeddbPersistence | undefined
  readonly whenSynced: Promise<unknown>

  constructor(
    private readonly name: string,
    private readonly doc: Y.Doc,
  ) {
    this.opened = this.open()
    this.whenSynced = this.opened.then((stored) => stored.whenSynced)
    this.whenSynced.catch(() => (this.isLost = true))
  }

  made(origin: unknown): boolean {
    return origin !== null && origin === this.stored
  }

  async get(key: string): Promise<unknown> {
    return (await this.opened).get(key) as Promise<unknown>
  }

  async set(key: string, value: number): Promise<unknown> {
    return (await this.opened).set(key, value)
  }

  giveUp(): void {
    this.isLost = true
    void this.destroy()
  }

  async clearData(): Promise<void> {
    await this.destroy()
    // Whoever opens it next waits until it is gone; where it can't be opened, there is nothing to delete.
    void idb.deleteDB(this.name).catch(() => undefined)
  }

  async destroy(): Promise<unknown> {
    this.isOver = true
    clearTimeout(this.trim)
    this.doc.off('update', this.store)
    return this.stored?.destroy()
  }

  /** Once it is known that it can be opened: y-indexeddb doesn't hear when it can't be. */
  private async open(): Promise<IndexeddbPersistence> {
    const db = await idb.openDB(this.name, (fresh) => idb.createStores(fresh, [['updates', { autoIncrement: true }], ['custom']]))
    db.close()
    if (this.isOver) throw new Error('The copy is no longer wanted.')
    const stored = new IndexeddbPersistence(this.name, this.doc)
    this.doc.off('update', stored._storeUpdate)
    this.doc.on('update', this.store)
    this.stored = stored
    return stored
  }

  /** As y-indexeddb does, which throws into the document what its database throws; no edit would leave that any more. */
  private readonly store = (update: Uint8Array, origin: unknown) => {
    const { stored } = this
    if (stored?.db === undefined || stored.db === null || origin === stored) return
    try {
      const [updates] = idb.transact(stored.db, ['updates'])
      if (updates) idb.addAutoKey(updates, update as unknown as ArrayBuffer).catch(this.lose)
      if (++stored._dbsize < PREFERRED_TRIM_SIZE) return
      clearTimeout(this.trim)
      this.trim = setTimeout(() => void storeState(stored, false).catch(this.lose), 1000)
    } catch {
      this.lose()
    }
  }

  private readonly lose = () => {
    this.isLost = true
  }
}
