// @vitest-environment jsdom
import { afterEach, beforeEach, expect, it } from 'vitest'

import { ApiError, sentenceOf } from './ApiError'
import { createGraph, deleteGraph, importFile, listGraphs, startRun } from './client'
import { FakeServer } from './FakeServer'

let server: FakeServer
beforeEach(() => {
  server = new FakeServer().start()
})
afterEach(() => {
  server.stop()
  document.cookie = 'flowroom_csrf=; max-age=0'
})

it('sends the CSRF cookie back with every write, and with no read', async () => {
  document.cookie = 'flowroom_csrf=secret-1'
  server
    .on('POST /api/graphs', { status: 201, body: { id: 'g' } })
    .on('GET /api/graphs', { body: { items: [], next: null } })
  await createGraph({ title: 'T' })
  await listGraphs({ query: 'a b', cursor: null, limit: 5 })
  const [write, read] = server.asked
  expect(write?.headers.get('X-CSRF-Token')).toBe('secret-1')
  expect(write?.body).toEqual({ title: 'T' })
  expect(read?.headers.has('X-CSRF-Token')).toBe(false)
  expect(read?.url.search).toBe('?query=a+b&limit=5')
})

it('throws what the server said as a sentence with its facts', async () => {
  server.on('DELETE /api/graphs/a%2Fb', {
    status: 403,
    body: { type: 'about:blank', title: 'Not allowed', detail: 'Deleting needs the role editor.', needed: 'editor' },
  })
  const error = await deleteGraph('a/b').catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ApiError)
  expect(error).toMatchObject({ status: 403, title: 'Not allowed', message: 'Deleting needs the role editor.' })
  expect((error as ApiError).facts['needed']).toBe('editor')
})

it('has a sentence of its own when the server gives none', async () => {
  server.on('DELETE /api/graphs/g', { status: 500, body: 'not a problem document' })
  const error = await deleteGraph('g').catch((thrown: unknown) => thrown)
  expect(sentenceOf(error)).toMatch(/Nothing of yours is lost/)
  expect(sentenceOf(new TypeError('fetch failed'))).toMatch(/can’t be reached/)
})

it('sends a file as a form and leaves its content type to the browser', async () => {
  server.on('POST /api/import', { body: { graphs: [], problems: [] } })
  await importFile(new File(['{}'], 'graph.json'))
  const [asked] = server.asked
  expect(asked?.body).toBeInstanceOf(FormData)
  expect(asked?.headers.has('Content-Type')).toBe(false)
})

it('reads a 204 as nothing', async () => {
  server.on('DELETE /api/graphs/g', { status: 204 })
  await expect(deleteGraph('g')).resolves.toBeNull()
})

it('starts a run again as the same when nothing answered (RUN-20), and another with the next press', async () => {
  let answers = 0
  server.on('POST /api/graphs/g/runs', () => {
    if (answers++ < 2) throw new TypeError('fetch failed')
    return { status: 201, body: { id: 'r' } }
  })
  await expect(startRun('g', { start: 'a' })).resolves.toEqual({ id: 'r' })
  await startRun('g')
  const keys = server.asked.map(({ body }) => (body as { key: string }).key)
  expect(keys).toHaveLength(4)
  expect(new Set(keys.slice(0, 3)).size).toBe(1)
  expect(keys[3]).not.toBe(keys[0])
  expect(server.asked[2]?.body).toMatchObject({ start: 'a' })
})

it('does not start again what was refused', async () => {
  server.on('POST /api/graphs/g/runs', { status: 422, body: { title: 'Can’t be run' } })
  await expect(startRun('g')).rejects.toThrow('Can’t be run')
  expect(server.asked).toHaveLength(1)
})
