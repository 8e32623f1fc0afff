/** The runs of a graph and what happened in them, for who looks at them. Apart from queries.ts, which every page carries. */
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'

import * as client from './client'
import { keys } from './keys'
import type { RunEvent } from './shapes'

const RUNS_PER_PAGE = 30
const EVENTS_PER_PAGE = 500
const ASK_AGAIN_MS = 1000

export const useRuns = (graph: string) =>
  useInfiniteQuery({
    queryKey: keys.runs(graph),
    queryFn: ({ pageParam }) => client.listRuns(graph, { before: pageParam, limit: RUNS_PER_PAGE }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  })

export const useRun = (run: string | null) =>
  useQuery({ queryKey: keys.run(run ?? ''), queryFn: () => client.getRun(run ?? ''), enabled: run !== null })

/**
 * All events of a run, in order; what is new is asked for every second until the run's end is among them, and only that.
 * A run that is not `live` and of which nothing can be learned is let be.
 */
export function useEvents(run: string | null, live: boolean) {
  const cache = useQueryClient()
  return useQuery({
    queryKey: keys.events(run ?? ''),
    queryFn: () => eventsFrom(run ?? '', cache.getQueryData<RunEvent[]>(keys.events(run ?? '')) ?? []),
    enabled: run !== null,
    // The run's document may tell of its end before the last events were asked for.
    refetchInterval: ({ state: { data } }) => (data === undefined ? live : data.at(-1)?.type !== 'run.finished') && ASK_AGAIN_MS,
    // Events are only ever added: comparing thousands of them each second would be for nothing.
    structuralSharing: false,
  })
}

async function eventsFrom(run: string, known: RunEvent[]): Promise<RunEvent[]> {
  const events = [...known]
  for (;;) {
    const { items } = await client.listEvents(run, { after: events.at(-1)?.seq ?? 0, limit: EVENTS_PER_PAGE })
    events.push(...items)
    if (items.length < EVENTS_PER_PAGE) return events
  }
}
