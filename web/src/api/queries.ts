/** What screens read from the server and change on it, with its cache. */
import {
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
  type InfiniteData,
  type QueryClient,
} from '@tanstack/react-query'

import { roles } from '@/document/protocol.gen'
import type { NodeType } from '@/document/schema.gen'

import * as client from './client'
import { keys } from './keys'
import type { GraphSummary, Me, Page, Role, RunEvent } from './shapes'
import { useOnFocus } from './useOnFocus'

const GRAPHS_PER_PAGE = 24
const RUNS_PER_PAGE = 30
const EVENTS_PER_PAGE = 500
const ASK_AGAIN_MS = 1000
const LOOK_AGAIN_MS = 10_000

export const useMe = () => useQuery({ queryKey: keys.me, queryFn: client.getMe, staleTime: Infinity })

/** Whether one's role allows what a role allows. */
export function useMay(needed: Role): boolean {
  const role = useMe().data?.role
  return role !== undefined && role !== null && roles.indexOf(role) >= roles.indexOf(needed)
}

export function useChangeMe() {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: client.changeMe,
    onSuccess: (me: Me) => {
      cache.setQueryData(keys.me, me)
    },
  })
}

export const useNodeTypes = () =>
  useQuery<NodeType[]>({ queryKey: keys.nodeTypes, queryFn: client.getNodeTypes, staleTime: Infinity })

type GraphPages = InfiniteData<Page<GraphSummary>, string | null>

/** What others make, rename and delete is seen soon, and at once by whoever comes from another window. */
export function useGraphs(query: string) {
  const graphs = useInfiniteQuery({
    queryKey: keys.graphs(query),
    queryFn: ({ pageParam, signal }) => client.listGraphs({ query, cursor: pageParam, limit: GRAPHS_PER_PAGE }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: (before) => before,
    // All pages are asked for again, one after the other: the more of them, the less often.
    refetchInterval: ({ state }) => LOOK_AGAIN_MS * (state.data?.pages.length ?? 1),
  })
  useOnFocus(() => void graphs.refetch({ cancelRefetch: false }))
  return graphs
}

export function useCreateGraph() {
  const cache = useQueryClient()
  return useMutation({ mutationFn: client.createGraph, onSuccess: () => refreshGraphs(cache) })
}

export function useDuplicateGraph() {
  const cache = useQueryClient()
  // Also when it failed: the graph may be gone.
  return useMutation({ mutationFn: client.duplicateGraph, onSettled: () => refreshGraphs(cache) })
}

export function useImportFile() {
  const cache = useQueryClient()
  return useMutation({ mutationFn: client.importFile, onSuccess: () => refreshGraphs(cache) })
}

export function useRenameGraph() {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: ({ id, title }: { id: string; title: string }) => client.changeGraph(id, { title }),
    onMutate: ({ id, title }) => {
      changeItems(cache, (items) => items.map((item) => (item.id === id ? { ...item, title } : item)))
    },
    onSettled: () => refreshGraphs(cache),
  })
}

export function useDeleteGraph() {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: client.deleteGraph,
    onMutate: (id: string) => {
      changeItems(cache, (items) => items.filter((item) => item.id !== id))
    },
    onSettled: () => refreshGraphs(cache),
  })
}

function changeItems(cache: QueryClient, change: (items: GraphSummary[]) => GraphSummary[]): void {
  cache.setQueriesData<GraphPages>(
    { queryKey: keys.allGraphs },
    (data) => data && { ...data, pages: data.pages.map((page) => ({ ...page, items: change(page.items) })) },
  )
}

const refreshGraphs = (cache: QueryClient) => cache.invalidateQueries({ queryKey: keys.allGraphs })

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

export function useStartRun(graph: string) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (how: Parameters<typeof client.startRun>[1]) => client.startRun(graph, how),
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.runs(graph) }),
  })
}

export function useCancelRun(graph: string) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: client.cancelRun,
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.runs(graph) }),
  })
}

/** What a Chat or Log node gathered over all runs, oldest first. */
export const useHistory = (graph: string, node: string) =>
  useQuery({ queryKey: keys.history(graph, node), queryFn: () => client.listHistory(graph, node, { limit: 200 }) })

export function useClearHistory(graph: string, node: string) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: () => client.clearHistory(graph, node),
    onSuccess: () => {
      cache.setQueryData(keys.history(graph, node), [])
    },
  })
}
