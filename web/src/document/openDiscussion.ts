/**
 * What is said about one graph, live: the discussion document as rows, and how much of it one has not read. Its line to
 * the server is opened when someone first looks. Only the server writes the document; what one says goes by REST.
 */
import * as Y from 'yjs'
import { Connection, type ConnectionOptions, type ConnectionState } from './connection'
import { Frame } from './frame'
import { Listeners } from './listeners'
import { discussionPath } from './protocol.gen'
import { sameJson } from './records'
import type { Thread } from './schema.gen'
import { readThread } from './threadRows'

/** How many messages of others one has not read, by thread. */
export type Unread = ReadonlyMap<string, number>

export class OpenDiscussion {
  readonly doc = new Y.Doc()
  private readonly shared = this.doc.getMap('threads')
  private readonly byId = new Map<string, Thread>()
  private readonly dirty = new Set<string>()
  private readonly frame = new Frame(() => this.flush())
  private readonly listeners = new Listeners()
  private connection: Connection | undefined
  private rows: readonly Thread[] = []
  private unreadCounts: Unread = new Map()

  constructor(
    private readonly graph: string,
    private readonly connect: Pick<ConnectionOptions, 'server' | 'WebSocket'> & { keepOfflineCopy: boolean },
  ) {
    this.shared.observeDeep(this.onChange)
  }

  /** Those in which something was said last come first. */
  get threads(): readonly Thread[] {
    return this.rows
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
    return this.byId.get(id)
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
    this.frame.drop()
    for (const id of this.dirty) this.read(id)
    this.dirty.clear()
    this.rows = [...this.byId.values()].sort((a, b) => saidLast(b) - saidLast(a))
    this.listeners.call()
  }

  close(): void {
    this.frame.drop()
    this.shared.unobserveDeep(this.onChange)
    this.connection?.close()
    this.doc.destroy()
  }

  private open(): void {
    if (this.connection !== undefined) return
    const { keepOfflineCopy, ...line } = this.connect
    this.connection = new Connection(this.doc, {
      ...line,
      path: discussionPath(this.graph),
      ...(keepOfflineCopy && { offlineCopy: `flowroom:discussion:${this.graph}` }),
    })
    this.connection.subscribe(() => this.listeners.call())
  }

  private read(id: string): void {
    const row = readThread(id, this.shared.get(id))
    if (row === undefined) this.byId.delete(id)
    else if (!sameJson(row, this.byId.get(id))) this.byId.set(id, row)
  }

  private onChange = (events: Y.YEvent<Y.AbstractType<unknown>>[]) => {
    for (const event of events) {
      const [id] = event.path
      if (typeof id === 'string') this.dirty.add(id)
      else for (const key of event.keys.keys()) this.dirty.add(key)
    }
    this.frame.request()
  }
}

const saidLast = ({ messages }: Thread) => messages.at(-1)?.at ?? 0
