// WEB-31 of docs/spec.md.

import { fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import { act } from 'react'
import { afterEach, beforeEach, expect, it } from 'vitest'
import * as Y from 'yjs'

import { FakeServer } from '@/api/FakeServer'
import type { Version } from '@/api/versions'
import { showInEditor, useEditorView } from '@/commands/editorView'
import type { OpenGraph } from '@/document/openGraph'
import { InGraph, openTestGraph } from '@/nodes/testGraph'
import '@/ui/jsdomShims'
import { violations } from '@/ui/violations'

import { VersionsDialog } from './VersionsDialog'

let graph: OpenGraph
let server: FakeServer
let versions: Version[]

function version(id: string, label: string, more: Partial<Version> = {}): Version {
  return { id, label, author: 'Ada', at: Date.now() / 1000, epoch: 1, size: 99, reason: 'kept', title: 'Plan', nodes: 1, edges: 0, ...more }
}

const url = '/api/graphs/g/versions'

beforeEach(() => {
  graph = openTestGraph()
  graph.document.addNode('LLM', { id: 'llm', name: 'Answer', params: { model: 'small' } })
  const kept = Y.encodeStateAsUpdate(graph.document.doc)
  graph.document.setParam('llm', 'model', 'large')
  graph.document.addNode('Log', { id: 'log', name: 'Seen' })
  graph.store.flush()
  versions = [version('v', 'Before lunch'), version('w', 'Copy of Bo', { author: 'Bo', reason: 'copy' })]
  server = new FakeServer()
    .on(`GET ${url}`, () => ({ body: { items: versions, next: null } }))
    .on(`GET ${url}/v`, { body: kept })
    .on(`GET ${url}/w`, { body: new Uint8Array([9, 9, 9]) })
    .on(`POST ${url}`, ({ url: asked }) => {
      const made = version('x', asked.searchParams.get('label') ?? '')
      versions = [made, ...versions]
      return { status: 201, body: made }
    })
    .on(`GET ${url}/x`, { body: kept })
    .on(`DELETE ${url}/v`, () => {
      versions = versions.slice(1)
      return { status: 204 }
    })
    .start()
  showInEditor({ dialog: 'versions' })
})
afterEach(() => {
  server.stop()
  graph.close()
  showInEditor({ dialog: null })
})

function show() {
  render(
    <InGraph graph={graph}>
      <VersionsDialog />
    </InGraph>,
  )
}

it('shows the newest, and what going back to it would do', async () => {
  show()
  const view = await screen.findByRole('region', { name: 'Before lunch' })
  expect(within(view).getByRole('img', { name: 'Picture of Before lunch' })).toBeTruthy()
  const lines = within(view).getAllByRole('listitem').map(({ textContent }) => textContent)
  expect(lines).toEqual(['Seen goes', 'Answer changesModel: large → small'])
  expect(screen.getByRole('button', { name: /Copy of Bo/ }).textContent).toContain('somebody’s own copy')
  expect(await violations(document.body)).toEqual([])
})

it('compares two versions, from the earlier to the later, whichever is chosen first', async () => {
  const later = Y.encodeStateAsUpdate(graph.document.doc)
  versions = [version('y', 'After lunch'), version('v', 'Before lunch', { at: Date.now() / 1000 - 3600 })]
  server.on(`GET ${url}/y`, { body: later })
  show()
  expect(await screen.findByText('The graph is as it was then.')).toBeTruthy()
  const compareWith = async (label: string) => {
    fireEvent.click(screen.getByRole('combobox', { name: 'Compare with' }))
    fireEvent.click(await screen.findByRole('option', { name: label }))
  }
  const changes = () => within(screen.getByRole('region', { name: 'What changed from Before lunch to After lunch' })).getAllByRole('listitem')
  await compareWith('Before lunch')
  await screen.findByRole('img', { name: 'Picture of After lunch beside Before lunch' })
  expect(changes().map(({ textContent }) => textContent)).toEqual(['Seen was added', 'Answer was changedModel: small → large'])
  expect(await violations(document.body)).toEqual([])

  fireEvent.click(screen.getByRole('button', { name: /^Before lunch/ }))
  expect(await screen.findByRole('region', { name: 'What going back would do' })).toBeTruthy()
  await compareWith('After lunch')
  expect(changes()).toHaveLength(2)
  expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Go back to this' }).disabled).toBe(false)
})

it('leads from a line to its place in the picture, and back to all of it', async () => {
  for (let at = 1; at < 9; at++) graph.document.addNode('Log', { pos: [at * 800, at * 300] })
  graph.store.flush()
  show()
  const picture = await screen.findByRole('img', { name: 'Picture of Before lunch' })
  const seen = () => (picture.getAttribute('viewBox') ?? '').split(' ').map(Number) as [number, number, number, number]
  const whole = seen()
  expect(screen.getByRole('button', { name: 'Show everything' })).toHaveProperty('disabled', true)

  fireEvent.click(screen.getByRole('button', { name: /^Answer changes/ }))
  const [x, y, width, height] = seen()
  expect(width).toBeLessThan(whole[2] / 2)
  const [left, top] = graph.document.node('llm')?.pos ?? [NaN, NaN]
  expect([x < left, y < top, left < x + width, top < y + height]).toEqual([true, true, true, true])

  fireEvent.click(screen.getByRole('button', { name: 'Zoom in' }))
  expect(seen()[2]).toBeLessThan(width)
  fireEvent.click(screen.getByRole('button', { name: 'Show everything' }))
  expect(seen()).toEqual(whole)
  fireEvent.click(screen.getByRole('button', { name: 'Zoom in' }))
  fireEvent.click(screen.getByRole('button', { name: 'Zoom out' }))
  fireEvent.click(screen.getByRole('button', { name: 'Zoom out' }))
  expect(seen()).toEqual(whole)
})

it('writes the names in the picture of a long graph as large as in that of a short one', async () => {
  show()
  const letter = async () => Number((await screen.findByRole('img', { name: 'Picture of Before lunch' })).getAttribute('font-size'))
  const short = await letter()
  act(() => {
    graph.document.addNode('Log', { id: 'far', pos: [1500, 0] })
    graph.store.flush()
  })
  const long = screen.getByRole('img', { name: 'Picture of Before lunch' })
  const [width, height] = (long.getAttribute('viewBox') ?? '').split(' ').slice(2).map(Number)
  expect(Number(long.getAttribute('font-size')) / short).toBeCloseTo((width ?? 0) / 2.2 / (height ?? 0))
})

it('keeps what the graph is and goes back by one edit', async () => {
  show()
  fireEvent.click(await screen.findByRole('button', { name: 'Go back to this' }))
  await waitFor(() => expect(graph.document.node('log')).toBeUndefined())
  expect(graph.document.node('llm')?.params['model']).toBe('small')
  const posts = server.asked.filter(({ method }) => method === 'POST')
  expect(posts.map(({ url: asked }) => asked.searchParams.get('label'))).toEqual(['Before going back to Before lunch'])
  expect(useEditorView.getState().dialog).toBeNull()
  expect(graph.presence.state.wentBack).toBe('x')
  act(() => graph.undo.undo())
  expect(graph.document.node('log')?.name).toBe('Seen')
})

it('keeps once more what others changed while it was being kept, and goes back then', async () => {
  server.on(`POST ${url}`, () => {
    if (!graph.document.nodes.has('late')) graph.document.addNode('Log', { id: 'late' })
    return { status: 201, body: version('x', 'Before going back to Before lunch') }
  })
  show()
  fireEvent.click(await screen.findByRole('button', { name: 'Go back to this' }))
  await waitFor(() => expect(graph.document.node('log')).toBeUndefined())
  expect(graph.document.node('late')).toBeUndefined()
  expect(server.asked.filter(({ method }) => method === 'POST')).toHaveLength(2)
})

it('leaves the graph alone while others change it each time that it is being kept', async () => {
  server.on(`POST ${url}`, () => {
    graph.document.addNode('Log')
    return { status: 201, body: version('x', 'Before going back to Before lunch') }
  })
  show()
  fireEvent.click(await screen.findByRole('button', { name: 'Go back to this' }))
  await waitFor(() => expect(server.asked.filter(({ method }) => method === 'POST')).toHaveLength(3))
  await waitFor(() => expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Go back to this' }).disabled).toBe(false))
  expect(graph.document.node('log')).toBeDefined()
})

it('leaves the graph alone when what it is can’t be kept first', async () => {
  server.on(`POST ${url}`, { status: 503, body: { title: 'Storage is away.' } })
  show()
  fireEvent.click(await screen.findByRole('button', { name: 'Go back to this' }))
  await waitFor(() => expect(server.asked.some(({ method }) => method === 'POST')).toBe(true))
  await waitFor(() => expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Go back to this' }).disabled).toBe(false))
  expect(graph.document.node('log')).toBeDefined()
})

it('keeps a moment under a name, says so, and shows it', async () => {
  show()
  fireEvent.change(await screen.findByRole('textbox', { name: 'Name of this moment' }), { target: { value: ' Tea ' } })
  fireEvent.click(screen.getByRole('button', { name: 'Keep' }))
  expect(await screen.findByRole('region', { name: 'Tea' })).toBeTruthy()
  expect(screen.getByRole('button', { name: /^Tea/ }).getAttribute('aria-pressed')).toBe('true')
  expect(screen.getByText('Kept as “Tea”.').closest('[role="status"]')).not.toBeNull()
})

it('says so when a version can’t be read, and asks before one is deleted', async () => {
  show()
  fireEvent.click(await screen.findByRole('button', { name: /Copy of Bo/ }))
  expect(await screen.findByText('This version can’t be shown')).toBeTruthy()
  fireEvent.click(screen.getByRole('button', { name: /Before lunch/ }))
  const bin = await screen.findByRole('button', { name: 'Delete this version' })
  const ask = async () => {
    bin.focus()
    fireEvent.click(bin)
    return within(await screen.findByRole('dialog', { name: 'Delete “Before lunch”?' }))
  }
  fireEvent.click((await ask()).getByRole('button', { name: 'Cancel' }))
  await waitFor(() => expect(document.activeElement).toBe(bin))
  fireEvent.click((await ask()).getByRole('button', { name: 'Delete version' }))
  await waitFor(() => expect(screen.queryByRole('button', { name: /Before lunch/ })).toBeNull())
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole('button', { name: /Copy of Bo/ })))
})

it('teaches what versions are while there are none', async () => {
  versions = []
  show()
  expect(await screen.findByText('No versions yet')).toBeTruthy()
})

it('offers whoever looks on no edits', async () => {
  graph.close()
  graph = openTestGraph('viewer')
  show()
  await screen.findByRole('region', { name: 'Before lunch' })
  expect(screen.queryByRole('button', { name: /Keep|Go back|Delete/ })).toBeNull()
  expect(screen.getByRole('button', { name: 'Save as a file' })).toBeTruthy()
})
