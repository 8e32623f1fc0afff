import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { DiscussionStore, inWords, isOrphan, type Marks, mentioned, readThread, spoken, unreadIn } from './discussion'
import type { Fields } from './records'
import type { Thread } from './schema.gen'

/** The cases that pytest reads too. */
interface Vectors {
  documents: { name: string; threads: Record<string, unknown>; rows: Thread[] }[]
  words: { name: string; body: string; words: string }[]
  mentions: { name: string; body: string; also?: string[]; mentioned: string[]; spoken: string }[]
  unread: { name: string; me: string; marks: Marks; threads: Thread[]; unread: Record<string, number> }[]
  orphans: { name: string; graph: { nodes: Fields; edges?: Fields }; threads: Record<string, unknown>; orphans: string[] }[]
}
const file = join(import.meta.dirname, '../../../tests/vectors/discussion.json')
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors
const named = <Case extends { name: string }>(cases: Case[]) => cases.map((each) => [each.name, each] as const)

/** As anybody might have written it: records are shared maps, `messages` a shared array if it is a list. */
function shared(raw: unknown): unknown {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return raw
  const map = new Y.Map<unknown>()
  for (const [key, value] of Object.entries(raw)) {
    if (key === 'messages' && Array.isArray(value)) map.set(key, Y.Array.from(value.map(shared) as Y.Map<unknown>[]))
    else if (key === 'reactions') map.set(key, shared(value))
    else map.set(key, value)
  }
  return map
}

function documentOf(threads: Record<string, unknown>): Y.Doc {
  const doc = new Y.Doc()
  for (const [id, raw] of Object.entries(threads)) doc.getMap('threads').set(id, shared(raw))
  return doc
}

const message = (id: string, at: number) => ({ id, author: { id: 'bo' }, at, body: id, reactions: {} })
const threadOf = (node: string, ...messages: object[]) => ({ anchor: { type: 'node', node }, quote: node, state: 'open', messages })
const messagesOf = (doc: Y.Doc, id: string) => (doc.getMap('threads').get(id) as Y.Map<unknown>).get('messages') as Y.Array<unknown>

describe('the cases shared with Python', () => {
  it.each(named(vectors.documents))('TALK-7, TALK-15: %s', (_, { threads, rows }) => {
    expect(new DiscussionStore(documentOf(threads)).threads).toEqual(rows)
  })

  it.each(named(vectors.words))('TALK-15: %s', (_, each) => {
    expect(inWords(each.body)).toBe(each.words)
  })

  it.each(named(vectors.mentions))('TALK-9, TALK-15: %s', (_, each) => {
    expect(mentioned(each.body, each.also)).toEqual(each.mentioned)
    expect(spoken(each.body)).toBe(each.spoken)
  })

  it.each(named(vectors.unread))('TALK-10, TALK-15: %s', (_, { me, marks, threads, unread }) => {
    const full = threads.map((thread) => ({
      ...thread,
      messages: thread.messages.map((each) => ({ ...each, deletedAt: each.deletedAt ?? null })),
    }))
    expect(Object.fromEntries(unreadIn(full, me, marks))).toEqual(unread)
  })

  it.each(named(vectors.orphans))('TALK-1, TALK-15: %s', (_, { graph, threads, orphans }) => {
    const known = { node: (id: string) => graph.nodes[id], edge: (id: string) => graph.edges?.[id] }
    const found = new DiscussionStore(documentOf(threads)).threads.filter((thread) => isOrphan(thread, known))
    expect(found.map((thread) => thread.id).sort()).toEqual(orphans)
  })
})

describe('the rows of a discussion', () => {
  it('follow the document and share what did not change', () => {
    const doc = documentOf({ a: threadOf('n', message('1', 1)), b: threadOf('m', message('2', 2)) })
    const store = new DiscussionStore(doc)
    const [a, b] = store.threads
    const told: string[] = []
    store.subscribe(() => told.push('any'))
    store.subscribeThread('a', () => told.push('thread a'))
    store.subscribeNode('n', () => told.push('node n'))
    store.subscribeNode('m', () => told.push('node m'))

    messagesOf(doc, 'a').push([shared(message('3', 3))])
    store.flush()

    expect(told).toEqual(['thread a', 'node n', 'any'])
    expect(store.threads[1]).toBe(b)
    expect(store.thread('a')?.messages.map((each) => each.id)).toEqual(['1', '3'])
    expect(a?.messages).toHaveLength(1)
  })

  it('are found by the node they are about, and go with their thread', () => {
    const doc = documentOf({ a: threadOf('n', message('1', 1)), b: threadOf('n', message('2', 2)) })
    const store = new DiscussionStore(doc)
    const before = store.about('n')
    expect(before.map((thread) => thread.id)).toEqual(['a', 'b'])
    expect(store.about('n')).toBe(before)
    expect(store.about('nowhere')).toEqual([])

    doc.getMap('threads').delete('a')
    store.flush()

    expect(store.about('n').map((thread) => thread.id)).toEqual(['b'])
    expect(store.thread('a')).toBeUndefined()
  })

  it('stay as they are when nothing that is seen changed, and after closing', () => {
    const doc = documentOf({ a: threadOf('n', message('1', 1)) })
    const store = new DiscussionStore(doc)
    const before = store.threads
    doc.getMap('threads').set('ghost', new Y.Map())
    store.flush()
    expect(store.threads).toBe(before)
    store.close()
    doc.getMap('threads').delete('a')
    store.flush()
    expect(store.threads).toBe(before)
  })

  it('are of shared maps only', () => {
    expect(readThread('a', { messages: [message('1', 1)] })).toBeUndefined()
  })
})
