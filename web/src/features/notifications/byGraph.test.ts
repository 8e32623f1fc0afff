import { expect, it } from 'vitest'

import type { Notification } from '@/api/notifications'

import { byGraph, placeOf, whatHappened } from './byGraph'

const item = (id: number, graph: string, more: Partial<Notification> = {}): Notification => ({
  id,
  kind: 'reply',
  graph,
  graphTitle: graph.toUpperCase(),
  thread: 't',
  message: null,
  by: { id: 'bo', name: 'Bo', colour: '#112233', kind: 'person' },
  at: id,
  readAt: null,
  quote: '',
  excerpt: '',
  emoji: '',
  ...more,
})

it('gathers what is about one graph, the graph with the newest first', () => {
  const groups = byGraph([item(4, 'b'), item(3, 'a'), item(2, 'b')])
  expect(groups.map(({ title, items }) => [title, items.map(({ id }) => id)])).toEqual([
    ['B', [4, 2]],
    ['A', [3]],
  ])
})

it('says what happened', () => {
  expect(whatHappened(item(1, 'a', { kind: 'mention' }))).toBe('mentioned you')
  expect(whatHappened(item(1, 'a', { kind: 'reaction', emoji: '👍' }))).toBe('reacted with 👍')
})

it('WEB-27: leads whoever is asked for a role, or was declined one, to where that is answered or asked again', () => {
  expect(placeOf(item(1, 'a', { kind: 'access.asked', thread: '' }))).toBe('/graphs/a?share')
  expect(placeOf(item(1, 'a', { kind: 'access.declined', thread: '' }))).toBe('/graphs/a?share')
  expect(placeOf(item(1, 'a', { kind: 'access.granted', thread: '' }))).toBe('/graphs/a')
  expect(placeOf(item(1, 'a'))).toBe('/graphs/a?thread=t')
})
