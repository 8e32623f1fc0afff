/**
 * The discussion of a graph that someone has open: its rows, how much of them one has not read, and the line they come
 * by, which is opened when someone first looks. What one says goes by REST.
 */
import * as Y from 'yjs'
import { Connection, type ConnectionOptions, type ConnectionState } from './connection'
import { DiscussionStore } from './discussion'
import { Listeners } from './listeners'
import { discussionCopyName } from './offlineCopies'
import { offlineCopyNamed } from './offlineCopy'
import { discussionPath } from './protocol.gen'
import { sameJson } from './records'
import type { Thread } from './schema.gen'

/** How many messages of others one has not read, by thread. */
export type Unread = ReadonlyMap<string, number>

export class OpenDiscussion {
  readonly doc = new Y.Doc()
  private readonly store = new DiscussionStore(this.doc)
  private readonly listeners = new Listeners()
  private connection: Connection | undefined
  private newestFirst: readonly Thread[] = []
  private unreadCounts: Unread = new Map()

  constructor(
    private readonly graph: string,
    private readonly connect: Pick<ConnectionOptions, 'server' | 'WebSocket' | 'mayReturn'> & { keepOfflineCopy: boolean },
  ) {
    this.store.subscribe(() => {
      this.newestFirst = [...this.store.threads].sort((a, b) => saidLast(b) - saidLast(a))
      this.listeners.call()
    })
  }

  /** Those in which something was said last come first. */
  get threads(): readonly Thread[] {
    return this.newestFirst
  }

  get unread(): Unread {
    return this.unreadCounts
  }

  get unreadTotal(): number {
    return [...this.unreadCounts.values()].reduce((sum, count) => sum + count, 0)
  }

  get state(): ConnectionState {
    return this.connection?.state ?? { kind: 'connecting' }
  }

  /** Whether there is something to show, be it that nothing was said. */
  get loaded(): boolean {
    return this.connection?.loaded === true
  }

  thread(id: string): Thread | undefined {
    return this.store.thread(id)
  }

  /** What the server, which keeps how far each has read, says is unread. */
  setUnread(counts: Unread): void {
    const known = new Map([...counts].filter(([, count]) => count > 0))
    if (sameJson([...known], [...this.unreadCounts])) return
    this.unreadCounts = known
    this.listeners.call()
  }

  subscribe = (listener: () => void) => {
    this.open()
    return this.listeners.add(listener)
  }

  /** Read what is dirty now instead of with the next frame. */
  flush(): void {
    this.store.flush()
  }

  /** Drop the copy in this browser. */
  forgetCopy(): void {
    this.connection?.forgetCopy()
  }

  close(): void {
    this.store.close()
    this.connection?.close()
    this.doc.destroy()
  }

  private open(): void {
    if (this.connection !== undefined) return
    const { keepOfflineCopy, ...line } = this.connect
    this.connection = new Connection(this.doc, {
      ...line,
      path: discussionPath(this.graph),
      ...(keepOfflineCopy && { offlineCopy: offlineCopyNamed(discussionCopyName(this.graph)) }),
    })
    this.connection.subscribe(() => this.listeners.call())
  }
}

const saidLast = ({ messages }: Thread) => messages.at(-1)?.at ?? 0
