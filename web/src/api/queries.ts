/** What screens read from the server and change on it, with its cache. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import { roles } from '@/document/protocol.gen'
import type { NodeType } from '@/document/schema.gen'

import * as client from './client'
import { keys } from './keys'
import type { Me, Role } from './shapes'

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
