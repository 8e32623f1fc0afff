/** What the nodes of a run gave, whole: a large value is kept apart, and the log of the run has a reference to it. */
import type { EventPage } from '@/api/shapes'
import { type Requests, searchOf } from './requests'

/** Values by the path of their node, and by port. */
export type RunOutputs = Record<string, Record<string, unknown>>

export async function outputsOf(run: string, requests: Requests): Promise<RunOutputs> {
  const found: RunOutputs = {}
  for (const [path, outputs] of await lastGiven(run, requests)) {
    const whole: Record<string, unknown> = {}
    for (const [port, value] of Object.entries(outputs)) {
      whole[port] = isReference(value) ? await requests.send('GET', `/api/blobs/${value.$blob}`) : value
    }
    found[path] = whole
  }
  return found
}

async function lastGiven(run: string, requests: Requests): Promise<Map<string, object>> {
  const given = new Map<string, object>()
  let after: number | null = 0
  while (after !== null) {
    const path = `/api/runs/${encodeURIComponent(run)}/events${searchOf({ after })}`
    const page: EventPage = await requests.send('GET', path)
    for (const { type, node, payload } of page.items) {
      if (type === 'node.succeeded' && node !== null) given.set(node, payload?.['outputs'] ?? {})
    }
    after = page.next
  }
  return given
}

function isReference(value: unknown): value is { $blob: string } {
  return typeof value === 'object' && value !== null && '$blob' in value && typeof value.$blob === 'string'
}
