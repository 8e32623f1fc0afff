/** The list of graphs, and what is done to one from there. Apart from queries.ts, which every page carries. */
import { type InfiniteData, type QueryClient, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import * as client from './client'
import { keys } from './keys'
import type { GraphSummary, Page, RunRecord } from './shapes'
import { useOnFocus } from './useOnFocus'

const GRAPHS_PER_PAGE = 24
const LOOK_AGAIN_MS = 10_000
const MOST_ASKED_AT_ONCE = 200

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

/** How the newest run of each graph stands, by graph; nothing when the server can't tell: a list is worth seeing without. */
export function useNewestRuns(all: readonly string[]) {
  const graphs = all.slice(0, MOST_ASKED_AT_ONCE).sort()
  const runs = useQuery({
    queryKey: keys.newestRuns(graphs),
    queryFn: ({ signal }) => listNewestRuns(graphs, signal),
    enabled: graphs.length > 0,
    placeholderData: (before) => before,
    refetchInterval: LOOK_AGAIN_MS,
    structuralSharing: false, // A map is none of what it compares.
  })
  useOnFocus(() => void runs.refetch({ cancelRefetch: false }))
  return runs.data
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

async function listNewestRuns(graphs: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, RunRecord>> {
  const search = new URLSearchParams(graphs.map((id) => ['graph', id]))
  const { items } = await client.request<{ items: RunRecord[] }>('GET', `/api/newest-runs?${search.toString()}`, undefined, signal)
  return new Map(items.map((run) => [run.graph, run]))
}

function changeItems(cache: QueryClient, change: (items: GraphSummary[]) => GraphSummary[]): void {
  cache.setQueriesData<GraphPages>(
    { queryKey: keys.allGraphs },
    (data) => data && { ...data, pages: data.pages.map((page) => ({ ...page, items: change(page.items) })) },
  )
}

const refreshGraphs = (cache: QueryClient) => cache.invalidateQueries({ queryKey: keys.allGraphs })
