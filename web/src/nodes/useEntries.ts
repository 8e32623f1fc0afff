import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'

import { keys } from '@/api/keys'
import { useHistory } from '@/api/queries'
import type { Entry } from '@/api/shapes'
import { useGraph, useNode, useRunNode, useShownRun } from '@/document/hooks'
import { isFinished } from '@/document/runDocument'

import { mergeEntries } from './mergeEntries'

export interface Entries {
  entries: readonly Entry[]
  loading: boolean
  failed: boolean
  retry: () => void
}

/** Everything a Chat or Log node holds: what an import brought along, what the server keeps, what this run adds. */
export function useEntries(id: string): Entries {
  const graph = useGraph()
  const node = useNode(id)
  const imported = node?.params['history']
  const live = useRunNode(id)?.entries
  const history = useHistory(graph.id, id)
  const cache = useQueryClient()
  const run = useShownRun()
  const finishedRun = isFinished(run) ? run?.id : undefined
  useEffect(() => {
    // What a run said lives on in the server's history once another run is shown.
    if (finishedRun !== undefined) void cache.invalidateQueries({ queryKey: keys.history(graph.id, id) })
  }, [cache, finishedRun, graph.id, id])
  const entries = useMemo(() => mergeEntries(imported, history.data, live), [imported, history.data, live])
  return { entries, loading: history.isPending, failed: history.isError, retry: () => void history.refetch() }
}
