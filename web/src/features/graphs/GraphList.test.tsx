import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act, cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { FakeServer } from '@/api/FakeServer'
import type { GraphSummary } from '@/api/shapes'
import '@/ui/jsdomShims'
import { violations } from '@/ui/violations'

import { GraphList } from './GraphList'
import { layPreview } from './layPreview'
import { sortGraphs } from './sortGraphs'

const graph = (id: string, title: string, nodes = 2): GraphSummary => ({
  id,
  title,
  description: '',
  nodes,
  edges: 1,
  createdAt: 1,
  updatedAt: 1,
  preview: {
    nodes: [
      [0, 0, 200, 100, 'Chat'],
      [300, 0, 200, 100, 'LLM'],
    ],
    edges: [
      [0, 1],
      [1, 0],
    ],
  },
})

let server: FakeServer
let graphs: GraphSummary[]
let role: string | null

beforeEach(() => {
  role = 'editor'
  graphs = [graph('a', 'Orders'), graph('b', 'Answers', 9)]
  server = new FakeServer()
    .on('GET /api/me', () => ({ body: { id: 'me', name: 'Ada', colour: '#2b7fe0', role, kind: 'person' } }))
    .on('GET /api/node-types', { body: { items: [] } })
    .on('GET /api/graphs', ({ url }) => {
      const query = url.searchParams.get('query')?.toLowerCase() ?? ''
      return { body: { items: graphs.filter(({ title }) => title.toLowerCase().includes(query)), next: null } }
    })
    .start()
})
afterEach(() => {
  vi.useRealTimers()
  server.stop()
})

function show() {
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <GraphList />
    </QueryClientProvider>,
  )
}

it('shows every graph as a link to it', async () => {
  show()
  const link = await screen.findByRole('link', { name: 'Orders' })
  expect(link.getAttribute('href')).toBe('/graphs/a')
  expect(await violations()).toEqual([])
})

it('shows what the newest run of each graph does, and the graphs when that can’t be told', async () => {
  show()
  await screen.findByRole('link', { name: 'Orders' })
  expect(screen.queryByText('Failed')).toBeNull()
  cleanup()
  server.on('GET /api/newest-runs', ({ url }) => ({ body: { items: url.searchParams.getAll('graph').includes('b') ? [{ id: 'r', graph: 'b', state: 'failed', created: 1 }] : [] } }))
  show()
  const failed = await screen.findByText('Failed')
  expect(failed.closest('li')?.textContent).toContain('Answers')
  expect(screen.getAllByText(/node.*edited/)).toHaveLength(2)
})

it('teaches when there is nothing yet', async () => {
  graphs = []
  show()
  expect(await screen.findByText('Draw your first graph')).toBeDefined()
  expect(await violations()).toEqual([])
})

it('begins with a chat when one wants to', async () => {
  graphs = []
  server.on('POST /api/graphs', { status: 201, body: { ...graph('n', 'Chat with a model') } })
  show()
  fireEvent.click(await screen.findByRole('button', { name: 'Start with a chat' }))
  await waitFor(() => expect(location.pathname).toBe('/graphs/n'))
  const sent = server.asked.find(({ method }) => method === 'POST')?.body as { graph: { nodes: object; edges: object } }
  expect(Object.keys(sent.graph.nodes)).toEqual(['chat', 'model', 'log'])
  expect(Object.keys(sent.graph.edges)).toHaveLength(3)
  history.replaceState(null, '', '/')
})

it('offers a viewer nothing that writes, and says so', async () => {
  role = 'viewer'
  show()
  const link = await screen.findByRole('link', { name: 'Orders' })
  expect(await screen.findByText('You can look, not edit')).toBeDefined()
  expect(screen.queryByRole('button', { name: 'New graph' })).toBeNull()
  expect(screen.queryByRole('button', { name: 'Import' })).toBeNull()
  fireEvent.keyDown(link, { key: 'Delete' })
  expect(screen.queryByRole('dialog')).toBeNull()
  expect(await violations()).toEqual([])
})

it('searches, and says when nothing matches', async () => {
  show()
  await screen.findByRole('link', { name: 'Orders' })
  fireEvent.change(screen.getByRole('searchbox', { name: 'Search graphs' }), { target: { value: 'answ' } })
  await waitFor(() => expect(screen.queryByRole('link', { name: 'Orders' })).toBeNull())
  fireEvent.change(screen.getByRole('searchbox', { name: 'Search graphs' }), { target: { value: 'zzz' } })
  expect(await screen.findByText('No graph matches “zzz”')).toBeDefined()
})

it('stays where it is, and says so, when it can’t be read again', async () => {
  show()
  await screen.findByRole('link', { name: 'Orders' })
  server.on('GET /api/graphs', { status: 503 })
  act(() => void window.dispatchEvent(new Event('focus')))
  expect(await screen.findByText('Not up to date')).toBeDefined()
  expect(screen.queryByText('The graphs could not be loaded')).toBeNull()
  expect(screen.getByRole('link', { name: 'Orders' })).toBeDefined()
  expect(await violations()).toEqual([])
})

it('is walked by arrow keys, down from the search and up to it, and says how many were found', async () => {
  show()
  const first = await screen.findByRole('link', { name: 'Orders' })
  const search = screen.getByRole('searchbox', { name: 'Search graphs' })
  fireEvent.keyDown(search, { key: 'ArrowDown' })
  expect(document.activeElement).toBe(first)
  fireEvent.keyDown(first, { key: 'ArrowRight' })
  expect(document.activeElement).toBe(screen.getByRole('link', { name: 'Answers' }))
  fireEvent.keyDown(document.activeElement ?? first, { key: 'ArrowLeft' })
  fireEvent.keyDown(first, { key: 'ArrowUp' })
  expect(document.activeElement).toBe(search)
  fireEvent.change(search, { target: { value: 'ord' } })
  await waitFor(() => expect(screen.getByRole('status').textContent).toBe('1 graph'))
})

it('says why the list could not be loaded', async () => {
  server.on('GET /api/graphs', { status: 503, body: { title: 'Restarting', detail: 'The server is restarting.' } })
  show()
  expect(await screen.findByText('The server is restarting.')).toBeDefined()
  expect(screen.getByRole('button', { name: 'Try again' })).toBeDefined()
})

it('renames in place with F2 and keeps the focus on the graph', async () => {
  server.on('PATCH /api/graphs/a', ({ body }) => {
    graphs = [{ ...graph('a', (body as { title: string }).title) }]
    return { body: graphs[0] }
  })
  show()
  fireEvent.keyDown(await screen.findByRole('link', { name: 'Orders' }), { key: 'F2' })
  const input = screen.getByRole('textbox', { name: 'Title' })
  fireEvent.change(input, { target: { value: 'Deliveries' } })
  fireEvent.keyDown(input, { key: 'Enter' })
  const link = await screen.findByRole('link', { name: 'Deliveries' })
  await waitFor(() => expect(document.activeElement).toBe(link))
})

it('names what is lost before it deletes', async () => {
  server.on('DELETE /api/graphs/a', () => {
    graphs = [graph('b', 'Answers')]
    return { status: 204 }
  })
  show()
  fireEvent.keyDown(await screen.findByRole('link', { name: 'Orders' }), { key: 'Delete' })
  const dialog = await screen.findByRole('dialog', { name: 'Delete “Orders”?' })
  expect(dialog.textContent).toContain('Its 2 nodes, 1 connection, all its runs and comments are lost for everyone')
  expect(await violations()).toEqual([])
  fireEvent.click(within(dialog).getByRole('button', { name: 'Delete graph' }))
  await waitFor(() => expect(screen.queryByRole('link', { name: 'Orders' })).toBeNull())
  expect(server.asked.some(({ method, url }) => method === 'DELETE' && url.pathname === '/api/graphs/a')).toBe(true)
})

it('shows what was made elsewhere after a while, and at once when one turns to the window', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true })
  show()
  await screen.findByRole('link', { name: 'Orders' })
  graphs = [...graphs, graph('c', 'Made elsewhere')]
  await act(() => vi.advanceTimersByTimeAsync(10_000))
  expect(await screen.findByRole('link', { name: 'Made elsewhere' })).toBeDefined()

  graphs = [...graphs, graph('d', 'Made beside it')]
  fireEvent.focus(window)
  expect(await screen.findByRole('link', { name: 'Made beside it' })).toBeDefined()
})

it('takes the card away of a graph that turns out to be gone', async () => {
  server.on('POST /api/graphs/a/duplicate', () => {
    graphs = [graph('b', 'Answers')]
    return { status: 404, body: { title: 'There is no graph “a”.' } }
  })
  show()
  fireEvent.click(await screen.findByRole('button', { name: 'Actions for Orders' }))
  fireEvent.click(await screen.findByRole('menuitem', { name: 'Duplicate' }))
  await waitFor(() => expect(screen.queryByRole('link', { name: 'Orders' })).toBeNull())
})

it('imports what is dropped on the page and reports what became of it', async () => {
  server.on('POST /api/import', {
    body: {
      graphs: [{ id: 'c', title: 'complete', nodes: 6, edges: 5 }],
      problems: [
        { file: 'nodes/a.json', what: 'Its position was rounded.', kept: true },
        { file: 'nodes/b.tmp', what: 'A leftover of an unfinished write.', kept: false },
      ],
    },
  })
  show()
  await screen.findByRole('link', { name: 'Orders' })
  const dataTransfer = { types: ['Files'], files: [new File(['x'], 'w.zip')] }
  fireEvent.dragEnter(window, { dataTransfer })
  expect(screen.getByText('Drop to import')).toBeDefined()
  fireEvent.drop(window, { dataTransfer })
  const dialog = await screen.findByRole('dialog', { name: 'Imported 1 graph' })
  expect(within(dialog).getByRole('link', { name: 'complete' }).getAttribute('href')).toBe('/graphs/c')
  expect(within(dialog).getByText('A leftover of an unfinished write.')).toBeDefined()
  expect(await violations()).toEqual([])
})

it('sorts by title as people do, and by size', () => {
  const some = [graph('1', 'b 10'), graph('2', 'B 9', 7), graph('3', 'a')]
  expect(sortGraphs(some, 'title').map(({ title }) => title)).toEqual(['a', 'B 9', 'b 10'])
  expect(sortGraphs(some, 'size')[0]?.title).toBe('B 9')
})

it('draws a preview that holds every node, and leaves out edges to nowhere', () => {
  const drawing = layPreview({
    nodes: [
      [-100, -50, 200, 100, 'A'],
      [900, 700, 200, 100, 'B'],
    ],
    edges: [
      [0, 1],
      [0, 7],
    ],
  })
  expect(drawing?.viewBox).toBe('-100 -50 1200 850')
  expect(drawing?.edges).toHaveLength(1)
  expect(layPreview({ nodes: [], edges: [] })).toBeNull()
})

it('WEB-22: shows a guest what is shared with them, with what they may, and offers nothing else', async () => {
  role = null
  graphs = [{ ...graph('a', 'Orders'), visibility: 'private', role: 'runner' }]
  show()
  expect(await screen.findByRole('heading', { name: 'Shared with you' })).toBeDefined()
  expect(await screen.findByText('Runner')).toBeDefined()
  expect(screen.getByLabelText('Private')).toBeDefined()
  expect(screen.queryByRole('button', { name: 'New graph' })).toBeNull()
  expect(await violations()).toEqual([])
})

it('WEB-22: tells a guest who has nothing how that comes', async () => {
  role = null
  graphs = []
  show()
  expect(await screen.findByText('Nothing is shared with you just now')).toBeDefined()
})
