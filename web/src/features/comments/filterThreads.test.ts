import { expect, it } from 'vitest'

import type { Message, Thread } from '@/document/schema.gen'

import { filterThreads, type Wanted } from './filterThreads'

const said = (author: string, body: string, mentions: string[] = []): Message => ({
  id: body,
  author: { id: author.toLowerCase(), name: author, colour: '#112233', kind: 'person' },
  at: 1,
  body,
  editedAt: null,
  deletedAt: null,
  mentions,
  reactions: {},
})
const thread = (id: string, quote: string, state: Thread['state'], ...messages: Message[]): Thread => ({
  id,
  anchor: { type: 'node', node: id },
  quote,
  state,
  resolved: null,
  messages,
})

const threads = [
  thread('1', 'Greeting', 'open', said('Ada', 'Is this polite?'), said('Bo', 'Yes')),
  thread('2', 'Headline', 'resolved', said('Bo', 'Too long, @[Ada](ada)', ['ada'])),
  thread('3', 'Report', 'open', said('Cleo', 'Nobody reads it')),
]

const found = (wanted: Partial<Wanted>) =>
  filterThreads(threads, { filter: 'all', search: '', me: 'ada', unread: new Map([['3', 1]]), ...wanted }).map(({ id }) => id)

it('filters by state, by what is unread, and by who took part or is mentioned', () => {
  expect(found({ filter: 'open' })).toEqual(['1', '3'])
  expect(found({ filter: 'open', unread: new Map([['2', 1]]) })).toEqual(['1', '2', '3'])
  expect(found({ filter: 'resolved' })).toEqual(['2'])
  expect(found({ filter: 'unread' })).toEqual(['3'])
  expect(found({ filter: 'mine' })).toEqual(['1', '2'])
})

it('searches what was said, by whom and about what, every word of it', () => {
  expect(found({ search: 'polite bo' })).toEqual(['1'])
  expect(found({ search: 'HEADLINE' })).toEqual(['2'])
  expect(found({ search: '@ada' })).toEqual(['2'])
  expect(found({ search: 'nobody polite' })).toEqual([])
})
