/** What a node gave in a run, whole: what is watched of it is a preview, and a large value is kept apart. */
import { skipToken, useQuery } from '@tanstack/react-query'

import * as client from './client'
import { keys } from './keys'

const EVENTS_PER_PAGE = 500
const MAX_SHOWN_BYTES = 1_000_000

/** A value by its port. `text` is null where it is too large for a page; `file` is where a large one may be had. */
export interface WholeValue {
  port: string
  text: string | null
  size: number
  file: { url: string; ending: string } | null
}

interface Reference {
  $blob: string
  size: number
  type: string
}

/** What a node gave last in a run that goes on or is over, asked for while it is `wanted`. */
export const useOutputs = (run: string, path: string, iteration: number, wanted: boolean) =>
  useQuery({
    queryKey: keys.outputs(run, path, iteration),
    queryFn: wanted ? () => outputsOf(run, path) : skipToken,
    staleTime: Infinity,
  })

async function outputsOf(run: string, path: string): Promise<WholeValue[]> {
  const given = Object.entries(await lastGiven(run, path))
  return Promise.all(given.map(([port, value]) => (isReference(value) ? stored(port, value) : written(port, value))))
}

async function lastGiven(run: string, path: string): Promise<Record<string, unknown>> {
  let given: Record<string, unknown> = {}
  for (let after: number | null = 0; after !== null; ) {
    const page: Awaited<ReturnType<typeof client.listEvents>> = await client.listEvents(run, { after, limit: EVENTS_PER_PAGE })
    for (const { type, node, payload } of page.items) {
      if (type === 'node.succeeded' && node === path) given = (payload?.['outputs'] ?? {}) as typeof given
    }
    after = page.next
  }
  return given
}

function written(port: string, value: unknown): WholeValue {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2)
  return { port, text, size: text.length, file: null }
}

async function stored(port: string, { $blob, size, type }: Reference): Promise<WholeValue> {
  const url = `/api/blobs/${$blob}`
  const isText = type.startsWith('text/')
  const file = { url, ending: isText ? 'txt' : type === 'application/json' ? 'json' : 'bin' }
  if (size > MAX_SHOWN_BYTES) return { port, text: null, size, file }
  const text = new TextDecoder().decode(await client.requestBytes(url))
  return { port, text: isText ? text : JSON.stringify(JSON.parse(text), null, 2), size, file }
}

function isReference(value: unknown): value is Reference {
  return typeof value === 'object' && value !== null && '$blob' in value && typeof value.$blob === 'string'
}
