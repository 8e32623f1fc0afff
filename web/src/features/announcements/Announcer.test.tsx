import { act, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import * as Y from 'yjs'

import { useEditorView } from '@/commands/editorView'
import { GraphDocument } from '@/document/graphDocument'
import type { OpenGraph } from '@/document/openGraph'
import { InGraph, openTestGraph } from '@/nodes/testGraph'

import { Announcer } from './Announcer'

let graph: OpenGraph
let bo: GraphDocument

beforeEach(() => {
  vi.useFakeTimers()
  graph = openTestGraph()
  graph.connection.close() // Nobody is at the other end, which would be news.
  graph.document.addNode('Log', { id: 'log' })
  bo = new GraphDocument(new Y.Doc(), { name: 'Bo' })
  Y.applyUpdate(bo.doc, Y.encodeStateAsUpdate(graph.document.doc))
  bo.doc.on('update', (update: Uint8Array) => Y.applyUpdate(graph.document.doc, update))
  graph.document.doc.on('update', (update: Uint8Array) => Y.applyUpdate(bo.doc, update))
})
afterEach(() => {
  graph.close()
  vi.useRealTimers()
  useEditorView.setState({ talk: null })
})

const listen = () =>
  render(
    <InGraph graph={graph}>
      <Announcer />
    </InGraph>,
  )
const pass = (seconds: number) => act(() => vi.advanceTimersByTime(seconds * 1000))
const heard = () => screen.getByRole('status').textContent
const settled = () => {
  pass(1.1)
  return heard()
}

it('WEB-36: tells which nodes others added, renamed and deleted, and nothing of what one does oneself', () => {
  listen()
  graph.document.addNode('LLM', { id: 'own', name: 'Mine' })
  graph.document.updateNode('own', { name: 'Still mine' })
  expect(settled()).toBe('')

  act(() => {
    bo.addNode('Chat')
    bo.updateNode('log', { name: 'Diary' })
  })
  expect(heard()).toBe('')
  expect(settled()).toBe('“Chat” was added. “Log” is called “Diary” now.')

  bo.delete(['own'])
  expect(settled()).toBe('“Still mine” was deleted.')
  bo.moveNodes(new Map([['log', [100, 100]]]))
  bo.setParam('log', 'prompt', 'Hello')
  expect(settled()).toBe('“Still mine” was deleted.')
})

it('WEB-36: gathers what comes one after the other, and says of much how much it is', () => {
  listen()
  for (let at = 0; at < 7; at++) {
    act(() => void bo.addNode('LLM', { name: `Step ${String(at)}` }))
    pass(0.5)
    expect(heard()).toBe('')
  }
  const [gone = ''] = [...bo.nodes.keys()].slice(-1)
  bo.delete([gone])
  expect(settled()).toBe('6 nodes were added.')
  bo.addNode('LLM', { name: 'A' })
  bo.addNode('LLM', { name: 'B' })
  expect(settled()).toBe('“A” and “B” were added.')
})

it('WEB-36: tells while it goes on without a pause, too, and says the same again', () => {
  listen()
  const texts: (string | null)[] = []
  for (let at = 0; at < 10; at++) {
    act(() => void bo.addNode('LLM', { name: 'Step' }))
    pass(0.9)
    texts.push(heard())
  }
  expect(texts.filter((text) => text !== '')).toEqual(['5 nodes were added.', '5 nodes were added.'])
})

function show(run: string, status: string, failed: string[] = []): void {
  const doc = graph.run.store?.doc as Y.Doc
  doc.transact(() => {
    doc.getMap('run').set('id', run)
    doc.getMap('run').set('status', status)
    for (const id of failed) doc.getMap('nodes').set(id, { status: 'failed' })
  })
  graph.run.store?.flush()
}

it('WEB-36: tells that a run goes, which nodes failed and how it ended, and nothing of one that is over', () => {
  for (const id of ['a', 'b', 'c', 'd']) graph.document.addNode('LLM', { id, name: id.toUpperCase() })
  graph.document.setMeta({ lastRun: 'old' })
  listen()
  show('old', 'failed', ['a'])
  expect(settled()).toBe('')

  graph.document.setMeta({ lastRun: 'new' })
  show('new', 'running')
  expect(settled()).toBe('Run: Running.')
  show('new', 'running', ['a', 'b'])
  expect(settled()).toBe('“A” and “B” failed.')
  show('new', 'failed', ['c', 'd'])
  expect(settled()).toBe('“C” and “D” failed. Run: Failed.')

  graph.run.show('old')
  show('old', 'failed', ['a'])
  expect(settled()).toBe('“C” and “D” failed. Run: Failed.')
})

const others = { id: 'bo', name: 'Bo', colour: '#2b7fe0', kind: 'person' }
function say(thread: string, id: string, body: string, author: object = others, at = Date.now() / 1000 + 1): void {
  const doc = graph.discussion.doc
  doc.transact(() => {
    const threads = doc.getMap<Y.Map<unknown>>('threads')
    const shared = threads.get(thread) ?? threads.set(thread, new Y.Map<unknown>([['anchor', { type: 'node', node: 'log' }], ['quote', 'Log']]))
    if (!(shared.get('messages') instanceof Y.Array)) shared.set('messages', new Y.Array())
    ;(shared.get('messages') as Y.Array<unknown>).push([{ id, author, at, body, mentions: [], reactions: {} }])
  })
  graph.discussion.flush()
}

it('WEB-36: tells who comments on what and who is mentioned, not what was said before or is open, and no reply of one’s own', () => {
  listen()
  say('t', 'm0', 'Long ago', others, Date.now() / 1000 - 60)
  say('t', 'm1', 'Mine', graph.me)
  expect(settled()).toBe('')
  say('t', 'm2', 'Why?')
  expect(settled()).toBe('Bo commented on “Log”.')
  say('t', 'm3', 'You, @[Ada](me)?')
  expect(settled()).toBe('Bo mentioned you on “Log”.')
  say('t', 'm4', 'One')
  say('u', 'm5', 'Two')
  expect(settled()).toBe('2 new comments.')

  useEditorView.setState({ talk: { where: 'pin', anchor: { type: 'node', node: 'log' }, thread: 't' } })
  say('t', 'm6', 'Read in its window')
  expect(settled()).toBe('')
})
