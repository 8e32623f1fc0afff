/** Asking for a higher role on a graph, and answering. What the server tells live is asked for again at once: see notifications.ts. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import { request } from './client'
import { keys } from './keys'
import { accessUrl } from './ownRole'
import type { AccessRequest } from './peopleShapes'
import type { Role } from './shapes'

/** In case that nobody told: the asker waits for an answer, and an admin may have been faster. */
const WAIT_MS = 5000
const LOOK_AGAIN_MS = 30_000

const requestsUrl = (graph: string) => `${accessUrl(graph)}/requests`
const requestUrl = (graph: string, id: string) => `${requestsUrl(graph)}/${encodeURIComponent(id)}`
const list = (graph: string, search: string) =>
  request<{ items: AccessRequest[] }>('GET', `${requestsUrl(graph)}?${search}`).then((page) => page.items)

/** For the admins of a graph: what waits for their answer. */
export const useOpenRequests = (graph: string, enabled: boolean) =>
  useQuery({
    queryKey: keys.openAccessRequests(graph),
    queryFn: () => list(graph, 'state=open'),
    enabled,
    refetchInterval: LOOK_AGAIN_MS,
  })

/** For everyone else: what they asked for last, and the answer; null while they never asked. */
export const useOwnRequest = (graph: string, enabled: boolean) =>
  useQuery({
    queryKey: keys.ownAccessRequest(graph),
    queryFn: () => list(graph, 'limit=1').then(([newest]) => newest ?? null),
    enabled,
    refetchInterval: ({ state }) => (state.data?.state === 'open' ? WAIT_MS : false),
  })

export function useAskForRole(graph: string) {
  const refresh = useRefresh()
  return useMutation({
    mutationFn: (wish: { role: Role; reason: string }) => request<AccessRequest>('POST', requestsUrl(graph), wish),
    onSettled: refresh,
  })
}

export function useWithdraw(graph: string) {
  const refresh = useRefresh()
  return useMutation({ mutationFn: (id: string) => request<null>('DELETE', requestUrl(graph, id)), onSettled: refresh })
}

/** What an admin says; a granted role may be another than was asked for. */
export type RequestAnswer = { state: 'granted'; role: Role; note: string } | { state: 'declined'; note: string }

export function useAnswerRequest(graph: string) {
  const refresh = useRefresh()
  const cache = useQueryClient()
  return useMutation({
    mutationFn: ({ id, answer }: { id: string; answer: RequestAnswer }) =>
      request<AccessRequest>('PATCH', requestUrl(graph, id), answer),
    onSettled: () => Promise.all([refresh(), cache.invalidateQueries({ queryKey: keys.access(graph) })]),
  })
}

function useRefresh() {
  const cache = useQueryClient()
  return () => cache.invalidateQueries({ queryKey: keys.accessRequests })
}
