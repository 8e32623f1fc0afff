/** The list of graphs, and what is done to one from there. Apart from queries.ts, which every page carries. */
import { type InfiniteData, type QueryClient, useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'

import * as client from './client'
import { keys } from './keys'
import type { GraphSummary, Page } from './shapes'
import { useOnFocus } from './useOnFocus'

const GRAPHS_PER_PAGE = 24
const LOOK_AGAIN_MS = 10_000

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
