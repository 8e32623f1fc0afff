/**
 * The discussion of one graph: heard live, written over HTTP. Its document is joined when it is first needed and left
 * with the graph. What one says is on the server's disk when the call returns; the live threads show it a moment later.
 */
import * as Y from 'yjs'
import { Connection } from '@/document/connection'
import { type Anchor, DiscussionStore } from '@/document/discussion'
import { newId } from '@/document/ids'
import { discussionPath } from '@/document/protocol.gen'
import type { Message, Thread } from '@/document/schema.gen'
import { Feed } from './feed'
import { type DiscussionChange, happened } from './happened'
import { Line, type Patience } from './line'
import type { Method, Requests } from './requests'
import type { Door } from './socket'

/** What a thread may be begun about. */
export type WritableAnchor = Exclude<Anchor, { type: 'unknown' }>

/** The threads of a graph, the oldest first: always as they are now. */
export class Threads implements Iterable<Thread> {
  /** @internal */
  constructor(private readonly store: DiscussionStore) {}

  get(id: string): Thread | undefined {
    this.store.flush()
    return this.store.thread(id)
  }

  /** The threads about a node, or a field of it. */
  about(node: string): readonly Thread[] {
    this.store.flush()
    return this.store.about(node)
  }

  get size(): number {
    this.store.flush()
    return this.store.threads.length
  }

  [Symbol.iterator](): Iterator<Thread> {
    this.store.flush()
    return this.store.threads[Symbol.iterator]()
  }
}

interface Heard {
  line: Line
  store: DiscussionStore
}

export class Conversation {
  private readonly feeds = new Map<Feed<DiscussionChange>, { mine: boolean }>()
  private heard: Promise<Heard> | undefined
  private isLeft = false

  constructor(
    private readonly graph: string,
    private readonly me: string,
    private readonly door: Door,
    private readonly patience: Patience,
    private readonly requests: Requests,
  ) {}

  async threads(): Promise<Threads> {
    const { store } = await this.joined()
    return new Threads(store)
  }

  changes({ mine = false } = {}): Feed<DiscussionChange> {
    const feed = new Feed<DiscussionChange>()
    this.feeds.set(feed, { mine })
    feed.onEnd(() => this.feeds.delete(feed))
    if (this.isLeft) feed.end()
    else this.joined().then(({ line }) => line.ends(feed), (error: unknown) => feed.end(error))
    return feed
  }

  begin(anchor: WritableAnchor | string, body: string, mentions: readonly string[]): Promise<Thread> {
    const about = typeof anchor === 'string' ? { type: 'node', node: anchor } : anchor
    return this.say('', { anchor: about, body, mentions })
  }

  reply(thread: string, body: string, mentions: readonly string[]): Promise<Message> {
    return this.say(`/${thread}/messages`, { body, mentions })
  }

  edit(thread: string, message: string, body: string, mentions: readonly string[]): Promise<Message> {
    return this.send('PATCH', `/${thread}/messages/${message}`, { body, mentions })
  }

  async delete(thread: string, message: string): Promise<void> {
    await this.send('DELETE', `/${thread}/messages/${message}`)
  }

  setState(thread: string, state: Thread['state']): Promise<Thread> {
    return this.send('PATCH', `/${thread}`, { state })
  }

  react(thread: string, message: string, emoji: string, on: boolean): Promise<Message> {
    return this.send(on ? 'PUT' : 'DELETE', `/${thread}/messages/${message}/reactions/${encodeURIComponent(emoji)}`)
  }

  close(): void {
    this.isLeft = true
    for (const feed of [...this.feeds.keys()]) feed.end()
    this.heard?.then(({ line }) => line.close()).catch(() => undefined) // who asked to join has heard why that failed
  }

  /** Says it once, however often it is sent: the id tells that it is the same. */
  private say<Answer>(path: string, said: object): Promise<Answer> {
    return this.requests.postUntilAnswered(this.url(path), { id: newId(), ...said }, this.patience.openingMs)
  }

  private send<Answer>(method: Method, path: string, body?: unknown): Promise<Answer> {
    return this.requests.send(method, this.url(path), body)
  }

  private url(path: string): string {
    return `/api/graphs/${encodeURIComponent(this.graph)}/threads${path}`
  }

  /** The discussion, joined now unless it was; one that could not be joined is tried again. */
  private joined(): Promise<Heard> {
    const heard = (this.heard ??= this.join())
    heard.catch(() => (this.heard = undefined))
    return heard
  }

  private async join(): Promise<Heard> {
    const doc = new Y.Doc()
    const line = new Line(new Connection(doc, { ...this.door, path: discussionPath(this.graph) }), this.patience, this.door)
    const store = new DiscussionStore(doc)
    line.onLeave(() => {
      store.close()
      doc.destroy()
    })
    await line.opened().catch((error: unknown) => {
      line.close()
      throw error
    })
    store.flush()
    this.follow(store)
    if (this.isLeft) line.close()
    return { line, store }
  }

  private follow(store: DiscussionStore): void {
    let before = new Map([...store.threads].map((thread) => [thread.id, thread]))
    store.subscribe(() => {
      const now = new Map([...store.threads].map((thread) => [thread.id, thread]))
      const ids = [...new Set([...before.keys(), ...now.keys()])].filter((id) => before.get(id) !== now.get(id))
      const changes = ids.flatMap((id) => happened(before.get(id), now.get(id)))
      before = now
      this.tell(changes)
    })
  }

  private tell(changes: DiscussionChange[]): void {
    for (const [feed, { mine }] of this.feeds) {
      for (const change of changes) if (mine || change.by !== this.me) feed.put(change)
    }
  }
}
