/** Calls of the REST interface: one function per thing that can be asked. Everything that is refused throws ApiError. */
import { newId } from '@/document/ids'
import type { Graph, NodeType } from '@/document/schema.gen'

import { errorOf } from './ApiError'
import { csrfToken } from './csrf'
import type { Entry, EventPage, GraphSummary, ImportReport, Me, Page, RunDetails, RunRecord, RunStart } from './shapes'
import { hearTime } from './serverTime'
import { untilAnswered } from './untilAnswered'

/** How long a press on Run may find no server, before it says so. */
const START_PATIENCE_MS = 3_000

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
type Query = Record<string, string | number | null | undefined>

export const getMe = () => request<Me>('GET', '/api/me')
export const changeMe = (change: Partial<Pick<Me, 'name' | 'colour'>>) => request<Me>('PATCH', '/api/me', change)

export const getNodeTypes = () => request<{ items: NodeType[] }>('GET', '/api/node-types').then((page) => page.items)

export const listGraphs = (query: Query, signal?: AbortSignal) =>
  request<Page<GraphSummary>>('GET', `/api/graphs${searchOf(query)}`, undefined, signal)
export const createGraph = (graph: { title?: string; graph?: Graph }) =>
  request<GraphSummary>('POST', '/api/graphs', graph)
export const changeGraph = (id: string, change: { title?: string; description?: string }) =>
  request<GraphSummary>('PATCH', graphUrl(id), change)
export const duplicateGraph = (id: string) => request<GraphSummary>('POST', `${graphUrl(id)}/duplicate`)
export const deleteGraph = (id: string) => request<null>('DELETE', graphUrl(id))
export const exportUrl = (id: string, format: 'flowroom' | 'phase1') => `${graphUrl(id)}/export?format=${format}`

/** Sends one file: a graph as JSON, or the ZIP of a workspace. */
export function importFile(file: File): Promise<ImportReport> {
  const form = new FormData()
  form.append('file', file, file.name)
  return request<ImportReport>('POST', '/api/import', form)
}

/** Keeps this browser's copy of a graph, of an epoch that is over, as a version. */
export const keepCopy = (graph: string, label: string, epoch: number, state: Uint8Array<ArrayBuffer>) =>
  request<unknown>('POST', `${graphUrl(graph)}/versions${searchOf({ label, epoch })}`, new Blob([state]))

/** Starts it once, however often that has to be sent. */
export function startRun(graph: string, how: RunStart = {}): Promise<RunRecord> {
  const wanted = { key: newId(), ...how }
  const send = () => request<RunRecord>('POST', `${graphUrl(graph)}/runs`, wanted)
  return untilAnswered(send, (error) => error instanceof TypeError, START_PATIENCE_MS)
}
export const cancelRun = (run: string) => request<RunRecord>('POST', `${runUrl(run)}/cancel`)
export const getRun = (run: string) => request<RunDetails>('GET', runUrl(run))
export const listRuns = (graph: string, query: Query) =>
  request<Page<RunRecord>>('GET', `${graphUrl(graph)}/runs${searchOf(query)}`)
export const listEvents = (run: string, query: Query) =>
  request<EventPage>('GET', `${runUrl(run)}/events${searchOf(query)}`)

export const listHistory = (graph: string, node: string, query: Query = {}) =>
  request<{ items: Entry[] }>('GET', `${historyUrl(graph, node)}${searchOf(query)}`).then((page) => page.items)
export const clearHistory = (graph: string, node: string) => request<null>('DELETE', historyUrl(graph, node))

export const graphUrl = (id: string) => `/api/graphs/${encodeURIComponent(id)}`
const runUrl = (id: string) => `/api/runs/${encodeURIComponent(id)}`
const historyUrl = (graph: string, node: string) => `${graphUrl(graph)}/nodes/${encodeURIComponent(node)}/history`

export async function request<Answer>(method: Method, url: string, body?: unknown, signal?: AbortSignal): Promise<Answer> {
  const response = await answerTo(method, url, body, signal)
  return (response.status === 204 ? null : await response.json()) as Answer
}

export const requestBytes = async (url: string) => new Uint8Array(await (await answerTo('GET', url)).arrayBuffer())

async function answerTo(method: Method, url: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const headers = new Headers({ Accept: 'application/json' })
  if (method !== 'GET') headers.set('X-CSRF-Token', csrfToken())
  const isAsItIs = body instanceof FormData || body instanceof Blob
  if (body !== undefined && !isAsItIs) headers.set('Content-Type', 'application/json')
  const response = await fetch(url, {
    method,
    headers,
    credentials: 'same-origin',
    body: body === undefined ? null : isAsItIs ? body : JSON.stringify(body),
    signal: signal ?? null,
  })
  hearTime(response.headers.get('Date'))
  if (!response.ok) throw await errorOf(response)
  return response
}

function searchOf(query: Query): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value))
  }
  const text = search.toString()
  return text === '' ? '' : `?${text}`
}
