import type { RunEvent } from '@/api/shapes'
import { errorMessage } from '@/nodes/RunError'
import { duration } from '@/ui/formatTime'
import { untilWords } from '@/nodes/untilWords'
import type { Tone } from '@/ui/StatusDot'

export interface EventWords {
  tone: Tone
  verb: string
  text: string
}

const MOST_CHARACTERS = 300

/** An event as a person reads it: a verb and what it was about, with outputs by their labels. */
export function eventWords(event: RunEvent, labelOf: (port: string) => string = (port) => port): EventWords {
  const payload = event.payload ?? {}
  switch (event.type) {
    case 'run.started':
      return { tone: 'running', verb: 'Run started', text: '' }
    case 'run.resumed':
      return { tone: 'warn', verb: 'Run resumed', text: 'where it was left' }
    case 'run.waiting':
      return { tone: 'warn', verb: 'Run waits', text: untilWords(payload['until']) }
    case 'run.cancelling':
      return { tone: 'warn', verb: 'Cancelling', text: said(payload['by']) && `asked by ${said(payload['by'])}` }
    case 'run.finished': {
      const failed = payload['state'] === 'failed'
      const tone = failed ? 'failed' : payload['state'] === 'succeeded' ? 'ok' : 'idle'
      return { tone, verb: `Run ${said(payload['state'])}`, text: said(payload['error']) }
    }
    case 'node.started':
      return { tone: 'running', verb: event.attempt > 1 ? `started, try ${event.attempt}` : 'started', text: '' }
    case 'node.waiting':
      return { tone: 'warn', verb: 'waits', text: untilWords(payload['until']) }
    case 'node.retry': {
      const pause = typeof payload['delay'] === 'number' ? duration(payload['delay']) : 'a moment'
      return { tone: 'warn', verb: `tries again in ${pause}`, text: failure(payload['error']) }
    }
    case 'node.progress':
      return { tone: 'running', verb: 'progress', text: progress(payload) }
    case 'node.entry':
      return { tone: 'idle', verb: 'noted', text: cut(said(payload['content'] ?? payload['preview'])) }
    case 'node.diagnostic':
      return { tone: toneOf(payload['level']), verb: said(payload['level']) || 'note', text: diagnostic(payload) }
    case 'node.succeeded':
      return { tone: 'ok', verb: 'done', text: outputs(payload['outputs'], labelOf) }
    case 'node.failed':
      return {
        tone: 'failed',
        verb: payload['state'] === 'timed_out' ? 'took too long' : 'failed',
        text: failure(payload['error']),
      }
    case 'node.skipped':
      return {
        tone: 'idle',
        verb: said(payload['state']).replace('_', ' ') || 'skipped',
        text: said(payload['reason']),
      }
  }
}

function outputs(value: unknown, labelOf: (port: string) => string): string {
  if (typeof value !== 'object' || value === null) return ''
  const entries = Object.entries(value)
  const [only] = entries
  if (only !== undefined && entries.length === 1) return cut(said(only[1]))
  return cut(entries.map(([port, each]) => `${labelOf(port)}: ${said(each)}`).join('   '))
}

function failure(error: unknown): string {
  if (typeof error !== 'object' || error === null) return said(error)
  return errorMessage(error as Record<string, unknown>)
}

/** A node says a sentence or a code; why a condition could not be judged stands beside its code. */
function diagnostic({ message, data }: Record<string, unknown>): string {
  const why = typeof data === 'object' && data !== null && 'error' in data ? said(data.error) : ''
  return message === 'condition_failed' ? `the condition of a line can’t be judged: ${why}` : [said(message), why].filter(Boolean).join(': ')
}

function progress({ done, total, note }: Record<string, unknown>): string {
  const amount = typeof total === 'number' ? `${said(done)} of ${total}` : said(done)
  return [amount, said(note)].filter(Boolean).join(' · ')
}

function toneOf(level: unknown): Tone {
  return level === 'error' ? 'failed' : level === 'warning' || level === 'warn' ? 'warn' : 'idle'
}

function said(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'object' && '$blob' in value && 'preview' in value) return said(value.preview) // too large for the log
  return typeof value === 'string' ? value : JSON.stringify(value)
}

const cut = (text: string) => (text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text)
