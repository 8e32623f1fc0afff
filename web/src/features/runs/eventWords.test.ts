import { expect, it } from 'vitest'

import type { RunEvent } from '@/api/shapes'
import type { EventType } from '@/document/schema.gen'

import { eventWords } from './eventWords'
import { filterEvents, nodeName } from './filterEvents'
import { totalUsage } from './totalUsage'

let seq = 0
const event = (type: EventType, node: string | null, payload: Record<string, unknown> | null = {}): RunEvent => ({
  seq: (seq += 1),
  at: 1000,
  type,
  node,
  iteration: 0,
  attempt: 1,
  payload,
})

const names = new Map([['llm', 'Answer']])
const events = [
  event('run.started', null),
  event('node.started', 'llm', null),
  event('node.retry', 'llm', { delay: 2, error: { type: 'RateLimited', message: 'Asked to wait.' } }),
  event('node.progress', 'llm', { done: 1, total: 3 }),
  event('node.succeeded', 'group/llm', { outputs: { output: 'Blue' }, usage: { input_tokens: 10, output_tokens: 4 } }),
  event('node.succeeded', 'other', { outputs: { a: 1, b: [2] }, usage: { input_tokens: 5 } }),
  event('node.failed', 'other', { state: 'timed_out', error: { message: 'Took more than 3 s.' } }),
  event('node.skipped', 'third', { state: 'upstream_failed', reason: 'other failed' }),
  event('run.finished', null, { state: 'failed', error: 'One node failed.' }),
]

it('says every kind of event in words', () => {
  expect(events.map((each) => eventWords(each)).map(({ verb, text }) => `${verb}: ${text}`)).toEqual([
    'Run started: ',
    'started: ',
    'tries again in 2.0 s: Asked to wait.',
    'progress: 1 of 3',
    'done: Blue',
    'done: a: 1   b: [2]',
    'took too long: Took more than 3 s.',
    'upstream failed: other failed',
    'Run failed: One node failed.',
  ])
})

it('says until when a node and a run wait', () => {
  const until = new Date(2030, 0, 31, 9).getTime() / 1000
  for (const [type, node, verb] of [['node.waiting', 'w', 'waits'], ['run.waiting', null, 'Run waits']] as const) {
    const words = eventWords(event(type, node, { until }))
    expect(words.verb).toBe(verb)
    expect(words.text).toBe('until 31 Jan 2030, 09:00:00')
  }
  expect(eventWords(event('node.waiting', 'w', null)).text).toBe('')
  const today = new Date(Date.now()).setHours(9, 0, 0) / 1000
  expect(eventWords(event('node.waiting', 'w', { until: today })).text).toBe('until 09:00:00')
})

it('says why the condition of a line was not judged', () => {
  const data = { edge: 'e', error: 'The condition is empty.' }
  const failed = event('node.diagnostic', 'llm', { level: 'error', message: 'condition_failed', data })
  expect(eventWords(failed).text).toBe('the condition of a line can’t be judged: The condition is empty.')
  expect(eventWords(event('node.diagnostic', 'llm', { message: 'ollama_error', data })).text).toBe('ollama_error: The condition is empty.')
})

it('says which output by its label', () => {
  const done = event('node.succeeded', 'http', { outputs: { output: 'x', status: 200 } })
  const labels: Record<string, string> = { output: 'Answer', status: 'Status' }
  expect(eventWords(done, (port) => labels[port] ?? port).text).toBe('Answer: x   Status: 200')
})

it('says how a large output begins, and not where it is kept', () => {
  const large = { $blob: 'ab12', size: 5000, type: 'text/plain; charset=utf-8', preview: 'Once upon a time' }
  expect(eventWords(event('node.succeeded', 'llm', { outputs: { output: large } })).text).toBe('Once upon a time')
  expect(eventWords(event('node.succeeded', 'http', { outputs: { output: large, status: 200 } })).text).toBe('output: Once upon a time   status: 200')
})

it('finds events by kind, by the name of their node and by their words', () => {
  const found = (query: string, kind: Parameters<typeof filterEvents>[3]) =>
    filterEvents(events, names, query, kind).map((each) => each.type)
  expect(found('', 'all')).not.toContain('node.progress')
  expect(found('answer', 'all')).toEqual(['node.started', 'node.retry', 'node.succeeded'])
  expect(found('', 'problems')).toEqual(['node.retry', 'node.failed', 'run.finished'])
  expect(found('blue', 'results')).toEqual(['node.succeeded'])
})

it('finds the events of one pass of a loop', () => {
  const passes = [0, 1, 11].map((iteration) => ({ ...event('node.succeeded', 'llm'), iteration }))
  expect(filterEvents(passes, names, 'pass 12', 'results').map(({ iteration }) => iteration)).toEqual([11])
})

it('names a node inside a container by itself', () => {
  expect(nodeName(event('node.started', 'group/llm'), names)).toBe('Answer')
  expect(nodeName(event('node.started', 'gone'), names)).toBe('gone')
})

it('adds up what all nodes used', () => {
  expect(totalUsage(events)).toEqual(['15 input tokens', '4 output tokens'])
})
