/** The states of nodes and runs as a person reads them: a word, a tone, and whether something is going on. */
import type { NodeState, RunState } from '@/document/schema.gen'
import type { Tone } from '@/ui/StatusDot'

export interface StateFace {
  label: string
  tone: Tone
  alive: boolean
}

const face = (label: string, tone: Tone, alive = false): StateFace => ({ label, tone, alive })

export const nodeStateFaces: Record<NodeState, StateFace> = {
  pending: face('Waiting for its inputs', 'idle'),
  ready: face('Ready', 'idle'),
  queued: face('Queued', 'idle'),
  running: face('Running', 'running', true),
  retry_wait: face('Waits to try again', 'warn', true),
  waiting: face('Waiting', 'warn', true),
  uncertain: face('Unclear whether it took effect', 'warn'),
  succeeded: face('Done', 'ok'),
  cached: face('Done, from cache', 'ok'),
  failed: face('Failed', 'failed'),
  timed_out: face('Took too long', 'failed'),
  skipped: face('Skipped', 'idle'),
  upstream_failed: face('Skipped: something before it failed', 'warn'),
  cancelled: face('Cancelled', 'idle'),
}

export const runStateFaces: Record<RunState, StateFace> = {
  created: face('Starting', 'running', true),
  running: face('Running', 'running', true),
  paused: face('Paused', 'warn'),
  waiting: face('Waiting', 'warn', true),
  succeeded: face('Succeeded', 'ok'),
  failed: face('Failed', 'failed'),
  cancelled: face('Cancelled', 'idle'),
}
