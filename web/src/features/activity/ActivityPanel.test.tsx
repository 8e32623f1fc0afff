// WEB-25 of docs/spec.md.

import { fireEvent, render, screen, waitFor } from '@testing-library/react'
import { act } from 'react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { type ActivityPage, type ActivityRow, withNews } from '@/api/activity'
import { FakeServer } from '@/api/FakeServer'
import type { OpenGraph } from '@/document/openGraph'
import { InGraph, openTestGraph } from '@/nodes/testGraph'
import '@/ui/jsdomShims'
import { violations } from '@/ui/violations'

import { ActivityPanel } from './ActivityPanel'

let graph: OpenGraph
let server: FakeServer
let rows: ActivityRow[]
let earlier: ActivityRow[]
let news: ActivityRow[]

const ada = { id: 'ada', name: 'Ada', colour: '#2b7fe0', kind: 'person' }
const bo = { id: 'bo', name: 'Bo', colour: '#30a46c', kind: 'agent' }

function row(id: number, text: string, more: Partial<ActivityRow> = {}): ActivityRow {
  const at = Date.now() / 1000
  return { id, turn: id, kind: 'node.renamed', text, by: ada, graph: 'g', title: 'Plan', nodes: [{ id: 'llm', name: 'Answer' }], field: '', facts: {}, at, until: at, count: 1, ...more }
}

function answer(url: URL): ActivityPage {
  const ask = url.searchParams
  if (ask.has('after')) return { items: news, next: null, turn: Math.max(Number(ask.get('after')), ...news.map(({ turn }) => turn)) }
  if (ask.has('before')) return { items: earlier, next: null, turn: 9 }
  const { node, person, kind } = Object.fromEntries(ask)
  const items = rows.filter(
    ({ nodes, by, kind: its }) =>
      (node === undefined || nodes.some(({ id }) => id === node)) &&
      (person === undefined || by.id === person) &&
      (kind === undefined || its.startsWith(kind.replace('*', ''))),
  )
  return { items, next: earlier.length > 0 ? 5 : null, turn: 9 }
}

beforeEach(() => {
  rows = [
    row(9, 'renamed Answer from “Reply” to “Answer”', { facts: { before: 'Reply', after: 'Answer' }, count: 3 }),
    row(8, 'removed Old one', { kind: 'node.removed', nodes: [{ id: 'gone', name: 'Old one' }], by: bo }),
  ]
  earlier = []
  news = []
  server = new FakeServer().on('GET /api/graphs/g/activity', ({ url }) => ({ body: answer(url) })).start()
  graph = openTestGraph()
  graph.document.addNode('LLM', { id: 'llm', name: 'Answer' })
  graph.store.flush()
})
afterEach(() => {
  server.stop()
  graph.close()
  vi.restoreAllMocks()
})

const show = () =>
  render(
    <InGraph graph={graph}>
      <ActivityPanel />
    </InGraph>,
  )
const choose = (select: string, option: string) => {
  fireEvent.click(screen.getByRole('combobox', { name: select }))
  fireEvent.click(screen.getByRole('option', { name: option }))
}

it('WEB-25: says who did what and what changed, and leads to the node that is still there', async () => {
  const reveal = vi.spyOn(graph.camera, 'reveal')
  show()
  fireEvent.click(await screen.findByRole('button', { name: /^Ada.*Renamed Answer.*3 edits.*Reply.*Answer/ }))
  expect(graph.selection.has('llm')).toBe(true)
  expect(reveal).toHaveBeenCalledWith(['llm'])
  expect(screen.getByRole('region', { name: 'Today' }).textContent).toContain('Removed Old one')
  expect(screen.queryByRole('button', { name: /Old one/ })).toBeNull()
  expect(await violations()).toEqual([])
})

it('WEB-25: narrows to someone whose deeds are further back than what is shown', async () => {
  server.on('GET /api/graphs/g/activity/people', { body: [{ id: 'cleo', name: 'Cleo', colour: '#8e4ec6', kind: 'person' }, { ...ada, name: 'Ada, once' }] })
  show()
  await screen.findByText('Removed Old one')
  fireEvent.click(screen.getByRole('combobox', { name: 'Whose activity' }))
  await screen.findByRole('option', { name: 'Cleo' })
  expect(screen.getAllByRole('option').map(({ textContent }) => textContent)).toEqual(['Everyone', 'Ada', 'Bo', 'Cleo'])
})

it('WEB-25: narrows to a person, a kind and the selected node, and back', async () => {
  show()
  await screen.findByText('Removed Old one')
  choose('Whose activity', 'Ada')
  await waitFor(() => expect(screen.queryByText('Removed Old one')).toBeNull())
  choose('Which activity', 'Runs')
  fireEvent.click(await screen.findByRole('button', { name: 'Show everything' }))
  await screen.findByText('Removed Old one')
  act(() => graph.selection.set(['llm']))
  fireEvent.click(screen.getByRole('button', { name: 'Only Answer', pressed: false }))
  await waitFor(() => expect(screen.queryByText('Removed Old one')).toBeNull())
  act(() => graph.selection.clear())
  fireEvent.click(screen.getByRole('button', { name: 'Only Answer', pressed: true }))
  await screen.findByText('Removed Old one')
})

it('WEB-25: goes back as far as there is something', async () => {
  earlier = [row(4, 'created the graph Plan', { kind: 'graph.created', nodes: [], at: 86_400 })]
  show()
  fireEvent.click(await screen.findByRole('button', { name: 'Show earlier' }))
  expect(await screen.findByText('Created the graph Plan')).toBeDefined()
  expect(server.asked.at(-1)?.url.searchParams.get('before')).toBe('5')
  expect(screen.queryByRole('button', { name: 'Show earlier' })).toBeNull()
})

it('WEB-25: shows by itself what is done while one looks', async () => {
  news = [row(10, 'started a run', { kind: 'run.started', nodes: [], facts: { run: 'r1' } })]
  show()
  const run = await screen.findByRole('button', { name: /Started a run/ })
  fireEvent.click(run)
  expect(server.asked.find(({ url }) => url.searchParams.has('after'))?.url.searchParams.get('after')).toBe('9')
})

it('keeps a row that has grown in its place, and adds what is new above', () => {
  const page = (items: ActivityRow[], turn: number): ActivityPage => ({ items, next: null, turn })
  const known = { pages: [page([row(9, 'a'), row(8, 'b')], 9), page([row(3, 'c')], 9)], pageParams: [null, 8] }
  const { pages } = withNews(known, page([row(3, 'c!'), row(2, 'not loaded yet'), row(10, 'd'), row(11, 'e')], 14))
  expect(pages.map(({ items }) => items.map(({ text }) => text))).toEqual([['e', 'd', 'a', 'b'], ['c!']])
  expect(pages[0]?.turn).toBe(14)
})

it('WEB-25: gives what is shown away as a file', async () => {
  const clicked = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    saved.push(this.href)
  })
  const saved: string[] = []
  show()
  await screen.findByText('Removed Old one')
  choose('Whose activity', 'Bo')
  fireEvent.click(screen.getByRole('button', { name: 'Export this list' }))
  fireEvent.click(screen.getByRole('menuitem', { name: 'As JSON Lines' }))
  expect(clicked).toHaveBeenCalledOnce()
  expect(saved[0]).toMatch(/\/api\/graphs\/g\/activity\/export\?person=bo&format=jsonl$/)
})

it('WEB-25: teaches when nothing was done yet, and says why when it can’t be loaded', async () => {
  rows = []
  const { unmount } = show()
  expect(await screen.findByText('Nothing was done yet')).toBeDefined()
  expect(await violations()).toEqual([])
  unmount()
  server.on('GET /api/graphs/g/activity', { status: 503, body: { title: 'Too busy.', status: 503 } })
  show()
  expect(await screen.findByText('Too busy.')).toBeDefined()
  expect(screen.getByRole('button', { name: 'Try again' })).toBeDefined()
})
