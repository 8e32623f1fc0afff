/**
 * What people say about a graph, as immutable rows: the twin of flowroom/discussion.py and of the reading half of
 * flowroom/ydiscussion.py. It is read only: what one says goes over REST, and comes back here as everyone's does. What
 * nobody can read is passed over, so that nobody can stop a reader.
 */
import * as Y from 'yjs'
import { Frame } from './frame'
import { KeyedListeners, Listeners } from './listeners'
import { maxCoordinate, peerKinds } from './protocol.gen'
import { type Fields, plain, sameJson } from './records'
import type { Message, Resolution, Thread, User } from './schema.gen'

export type Anchor = Thread['anchor']
/** How far someone has read: thread → time of the last message seen; under '' is how far in all threads. */
export type Marks = Readonly<Record<string, number>>

// What follows from threads alone

const mention = /@\[([^\]\n]{1,200})\]\(([!-'*-~]{1,64})\)/gu

/** The ids of those whom a text names as `@[Ada](p-1)`, and then those in `also`; each once. */
export const mentioned = (body: string, also: Iterable<string> = []): string[] => [
  ...new Set([...[...body.matchAll(mention)].map(([, , person]) => person ?? ''), ...also]),
]

/** A text with its mentions as people say them: `@Ada`. */
export const spoken = (body: string) => body.replace(mention, '@$1')

/** The words of a text on one line: mentions as people say them, and no marks of Markdown. */
export const inWords = (body: string) =>
  spoken(body).replace(link, '$1').replace(lineMark, '').replace(wordMark, '').split(/\s+/).join(' ').trim()
const link = /!?\[([^\]\n]{0,200})\]\([^)\n]{0,500}\)/g
const lineMark = /^[ \t]*(?:[-*>]|\d{1,9}\.|#{1,6})[ \t]+/gm
const wordMark = /`+|~~+|\*+(?=\S)|(?<=\S)\*+|(?<![\p{L}\p{N}])_+(?=\S)|(?<=\S)_+(?![\p{L}\p{N}])/gu

/** How many messages of others in a thread someone has not read. */
export function unread(thread: Thread, me: string, marks: Marks): number {
  const seen = Math.max(marks[''] ?? 0, marks[thread.id] ?? 0)
  return thread.messages.filter(({ at, deletedAt, author }) => at > seen && deletedAt === null && author.id !== me).length
}

/** How many messages someone has not read, of the threads that have any. */
export const unreadIn = (threads: readonly Thread[], me: string, marks: Marks): Map<string, number> =>
  new Map(threads.map((thread) => [thread.id, unread(thread, me, marks)] as const).filter(([, count]) => count > 0))

/** The node that a thread is about, itself or a field of it. */
export const nodeOf = ({ anchor }: Thread): string | undefined => ('node' in anchor ? anchor.node : undefined)

interface Known {
  node(id: string): unknown
  edge(id: string): unknown
}

/** Whether what a thread is about is gone from a graph; places, and events of runs, never are. */
export function isOrphan({ anchor }: Pick<Thread, 'anchor'>, graph: Known): boolean {
  switch (anchor.type) {
    case 'node':
    case 'field':
      return graph.node(anchor.node) === undefined
    case 'edge':
      return graph.edge(anchor.edge) === undefined
    case 'canvas':
    case 'runEvent':
      return false
    case 'unknown':
      return true
  }
}

// Reading

/** A thread as it stands in the document; undefined for one in which nothing can be read. */
export function readThread(id: string, shared: unknown): Thread | undefined {
  if (!(shared instanceof Y.Map)) return undefined
  const raw = fieldsOf(plain(shared))
  const messages = once(listOf(raw['messages']).flatMap((each) => readMessage(each) ?? []))
  if (messages.length === 0) return undefined
  return {
    ...raw,
    id,
    anchor: readAnchor(fieldsOf(raw['anchor'])),
    quote: text(raw['quote']),
    state: raw['state'] === 'resolved' ? 'resolved' : 'open',
    resolved: readResolution(fieldsOf(raw['resolved'])),
    messages,
  }
}

/** Each of them once: two servers that took the same request at the same moment have both written it. */
const once = (messages: Message[]): Message[] => {
  const known = new Set<string>()
  return messages.filter(({ id }) => !known.has(id) && known.add(id))
}

function readMessage(value: unknown): Message | undefined {
  const raw = fieldsOf(value)
  const { id, mentions } = raw
  if (typeof id !== 'string') return undefined
  return {
    ...raw,
    id,
    author: readUser(raw['author']),
    at: number(raw['at']) ?? 0,
    body: text(raw['body']),
    editedAt: number(raw['editedAt']) ?? null,
    deletedAt: number(raw['deletedAt']) ?? null,
    mentions: listOf(mentions).every((each) => typeof each === 'string') ? (listOf(mentions) as string[]) : [],
    reactions: readReactions(fieldsOf(raw['reactions'])),
  }
}

function readAnchor(raw: Fields): Anchor {
  const { type, node, edge, param, at, run, seq } = raw
  if (type === 'node' && typeof node === 'string') return { ...raw, type, node }
  if (type === 'edge' && typeof edge === 'string') return { ...raw, type, edge }
  if (type === 'field' && typeof node === 'string' && isName(param)) return { ...raw, type, node, param }
  if (type === 'canvas' && isPlace(at)) return { ...raw, type, at: [Math.round(at[0]), Math.round(at[1])] }
  if (type === 'runEvent' && isPlainId(run) && isCount(seq)) return { ...raw, type, run, seq }
  return { type: 'unknown' }
}

function readUser(value: unknown): User {
  const raw = fieldsOf(value)
  const kind = peerKinds.find((each) => each === raw['kind']) ?? 'person'
  return { ...raw, id: text(raw['id']), name: text(raw['name']), colour: text(raw['colour']), kind }
}

function readResolution(raw: Fields): Resolution | null {
  const by = readUser(raw['by'])
  const at = number(raw['at'])
  return by.id !== '' && at !== undefined ? { by, at } : null
}

/** By emoji, in the order in which they came; the document has "emoji person" → when. */
function readReactions(raw: Fields): Record<string, string[]> {
  const timed = Object.entries(raw).flatMap(([key, value]) => {
    const at = number(value)
    return at === undefined || !key.includes(' ') ? [] : [{ key, at }]
  })
  timed.sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1))
  const found = new Map<string, string[]>()
  for (const { key } of timed) {
    const space = key.indexOf(' ')
    const emoji = key.slice(0, space)
    found.set(emoji, [...(found.get(emoji) ?? []), key.slice(space + 1)])
  }
  return Object.fromEntries(found)
}

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : [])
const text = (value: unknown) => (typeof value === 'string' ? value : '')
const number = (value: unknown) => (typeof value === 'number' ? value : undefined)
const isName = (value: unknown): value is string =>
  typeof value === 'string' && [...value].length <= 200 && ![...value].some((character) => character < ' ')
const isPlainId = (value: unknown): value is string => typeof value === 'string' && /^[!-'*-~]{1,64}$/.test(value)
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1

function isPlace(value: unknown): value is [number, number] {
  return listOf(value).length === 2 && listOf(value).every((each) => Math.abs(Number(number(each) ?? NaN)) <= maxCoordinate)
}

// Following

/** A discussion's document read into rows, and read again where it changes, once per frame; knows nothing of sockets. */
export class DiscussionStore {
  private readonly shared: Y.Map<unknown>
  private readonly rows = new Map<string, Thread>()
  private readonly dirty = new Set<string>()
  private readonly frame = new Frame(() => this.flush())
  private readonly listeners = new Listeners()
  private readonly threadListeners = new KeyedListeners()
  private readonly nodeListeners = new KeyedListeners()
  private inOrder: readonly Thread[] = []
  private byNode: ReadonlyMap<string, readonly Thread[]> = new Map()

  constructor(doc: Y.Doc) {
    this.shared = doc.getMap('threads')
    for (const id of this.shared.keys()) this.dirty.add(id)
    this.flush()
    this.shared.observeDeep(this.onChange)
  }

  /** The oldest first. */
  get threads(): readonly Thread[] {
    return this.inOrder
  }

  thread(id: string): Thread | undefined {
    return this.rows.get(id)
  }

  /** The threads about a node or a field of it; the same array until one of them changes. */
  about(node: string): readonly Thread[] {
    return this.byNode.get(node) ?? none
  }

  /** Called at most once per frame, after a thread changed. */
  subscribe = (listener: () => void) => this.listeners.add(listener)

  subscribeThread = (id: string, listener: () => void) => this.threadListeners.add(id, listener)

  subscribeNode = (id: string, listener: () => void) => this.nodeListeners.add(id, listener)

  /** Read what is dirty now instead of with the next frame. */
  flush(): void {
    this.frame.drop()
    const changed: string[] = []
    const nodes = new Set<string>()
    for (const id of this.dirty) {
      const [before, after] = [this.rows.get(id), readThread(id, this.shared.get(id))]
      if (sameJson(before, after)) continue
      if (after) this.rows.set(id, after)
      else this.rows.delete(id)
      for (const thread of [before, after]) {
        const node = thread && nodeOf(thread)
        if (node !== undefined) nodes.add(node)
      }
      changed.push(id)
    }
    this.dirty.clear()
    if (changed.length === 0) return
    this.publish(nodes)
    this.threadListeners.call(changed)
    this.nodeListeners.call(nodes)
    this.listeners.call()
  }

  close(): void {
    this.frame.drop()
    this.shared.unobserveDeep(this.onChange)
  }

  private publish(nodes: ReadonlySet<string>): void {
    const at = (thread: Thread) => thread.messages[0]?.at ?? 0
    this.inOrder = [...this.rows.values()].sort((a, b) => at(a) - at(b) || (a.id < b.id ? -1 : 1))
    const byNode = new Map(this.byNode)
    for (const node of nodes) byNode.delete(node)
    for (const thread of this.inOrder) {
      const node = nodeOf(thread)
      if (node !== undefined && nodes.has(node)) byNode.set(node, [...(byNode.get(node) ?? none), thread])
    }
    this.byNode = byNode
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

const none: readonly Thread[] = []
