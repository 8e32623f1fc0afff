/** Which threads the panel shows. Pure. */
import { spoken } from '@/document/discussion'
import type { Unread } from '@/document/openDiscussion'
import type { Thread } from '@/document/schema.gen'
import type { SelectOption } from '@/ui/Select'

export type ThreadFilter = 'open' | 'unread' | 'mine' | 'resolved' | 'all'

export const threadFilters: readonly (SelectOption & { value: ThreadFilter })[] = [
  { value: 'open', label: 'Open' },
  { value: 'unread', label: 'Unread' },
  { value: 'mine', label: 'With me', hint: 'You wrote in it, or are mentioned' },
  { value: 'resolved', label: 'Resolved' },
  { value: 'all', label: 'All' },
]

export interface Wanted {
  filter: ThreadFilter
  search: string
  me: string
  unread: Unread
}

/** Those that pass the filter and hold every word that is searched for, in the order they came. */
export function filterThreads(threads: readonly Thread[], { filter, search, me, unread }: Wanted): Thread[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  const passes: Record<ThreadFilter, (thread: Thread) => boolean> = {
    // What was said last in a settled thread is as new as anything: a count of it must not lead to nothing.
    open: ({ id, state }) => state === 'open' || unread.has(id),
    resolved: ({ state }) => state === 'resolved',
    unread: ({ id }) => unread.has(id),
    mine: ({ messages }) => messages.some(({ author, mentions }) => author.id === me || mentions.includes(me)),
    all: () => true,
  }
  return threads.filter((thread) => passes[filter](thread) && words.every((word) => textOf(thread).includes(word)))
}

function textOf({ quote, messages }: Thread): string {
  return [quote, ...messages.flatMap(({ author, body }) => [author.name, spoken(body)])].join('\n').toLowerCase()
}
