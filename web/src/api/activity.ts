/** Who did what when in a graph: read in pages that go back in time, and followed by asking only for what is newer. */
import { type InfiniteData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'

import { graphUrl, request } from './client'
import { keys } from './keys'
import type { components } from './rest.gen'

export type ActivityRow = components['schemas']['ActivityRow']
export type ActivityPage = components['schemas']['ActivityPage']
export type Actor = components['schemas']['Actor']
export type ActivityPages = InfiniteData<ActivityPage, number | null>

/** What of the list is wanted; all of it without. A kind may be a family, such as `run.*`. */
export interface WantedActivity {
  node?: string
  person?: string
  kinds?: readonly string[]
}

/** The panel is as current as it asks often; an answer without news is a few bytes. */
const askAgainAfterMs = 2000

/** The rows that are wanted, the newest first, and those that come while one looks. */
export function useActivity(graph: string, wanted: WantedActivity) {
  const cache = useQueryClient()
  const key = keys.activity(graph, wanted)
  const pages = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => askFor(graph, wanted, { before: pageParam }),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
    refetchOnWindowFocus: false, // The news below are asked for then.
  })
  useQuery({
    queryKey: keys.activityNews(graph, wanted),
    queryFn: async () => {
      const news = await askFor(graph, wanted, { after: cache.getQueryData<ActivityPages>(key)?.pages[0]?.turn ?? 0 })
      cache.setQueryData<ActivityPages>(key, (known) => known && withNews(known, news))
      return news.turn
    },
    enabled: pages.isSuccess,
    refetchInterval: askAgainAfterMs,
    refetchOnWindowFocus: 'always',
  })
  return pages
}

/** Everyone who did something in the graph, however long ago, as of when one began to look. */
export const useActivityPeople = (graph: string) =>
  useQuery({ queryKey: keys.activityPeople(graph), queryFn: () => request<Actor[]>('GET', `${graphUrl(graph)}/activity/people`) })

export const activityFileUrl = (graph: string, wanted: WantedActivity, format: 'csv' | 'jsonl') =>
  `${graphUrl(graph)}/activity/export?${searchOf(wanted, { format })}`

/**
 * The known rows with those that are new or have grown since. One that has grown stays where it is; what is older than
 * everything known comes with its own page.
 */
export function withNews(known: ActivityPages, news: ActivityPage): ActivityPages {
  const [first, ...later] = known.pages
  if (first === undefined) return known
  const fresh = new Map(news.items.map((row) => [row.id, row]))
  const grown = ({ items, ...page }: ActivityPage) => ({ ...page, items: items.map((row) => taken(fresh, row.id) ?? row) }) as ActivityPage
  const pages = [grown(first), ...later.map(grown)]
  const newest = first.items[0]?.id ?? 0
  const added = [...fresh.values()].filter(({ id }) => id > newest).sort((a, b) => b.id - a.id)
  pages[0] = { ...first, items: [...added, ...(pages[0]?.items ?? [])], turn: news.turn }
  return { ...known, pages }
}

function taken(rows: Map<number, ActivityRow>, id: number): ActivityRow | undefined {
  const row = rows.get(id)
  rows.delete(id)
  return row
}

const askFor = (graph: string, wanted: WantedActivity, from: { before?: number | null; after?: number }) =>
  request<ActivityPage>('GET', `${graphUrl(graph)}/activity?${searchOf(wanted, from)}`)

function searchOf({ node, person, kinds = [] }: WantedActivity, more: Record<string, string | number | null | undefined>): string {
  const search = new URLSearchParams(kinds.map((kind) => ['kind', kind]))
  for (const [name, value] of Object.entries({ node, person, ...more })) {
    if (value !== undefined && value !== null) search.set(name, String(value))
  }
  return search.toString()
}
