/** Who has a graph: asked, changed, and given on by links. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import { changeMe, request } from './client'
import { keys } from './keys'
import { accessUrl, getAccess } from './ownRole'
import type { GraphAccess, LinkOffer, OpenedLink, ShareLink } from './peopleShapes'
import type { Role, Visibility } from './shapes'

/** While one looks at it, what other admins change is seen soon. */
const LOOK_AGAIN_MS = 5000

export const useAccess = (graph: string) =>
  useQuery({ queryKey: keys.access(graph), queryFn: () => getAccess(graph), refetchInterval: LOOK_AGAIN_MS })

export function useSetVisibility(graph: string) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (visibility: Visibility) => request<GraphAccess>('PATCH', accessUrl(graph), { visibility }),
    onSuccess: (access) => {
      cache.setQueryData(keys.access(graph), access)
      return cache.invalidateQueries({ queryKey: keys.allGraphs })
    },
  })
}

export function useGiveAccess(graph: string) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: ({ person, role }: { person: string; role: Role }) =>
      request<GraphAccess>('PUT', personUrl(graph, person), { role }),
    onSuccess: (access) => cache.setQueryData(keys.access(graph), access),
  })
}

export function useTakeAccess(graph: string) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (person: string) => request<null>('DELETE', personUrl(graph, person)),
    onSettled: () => cache.invalidateQueries({ queryKey: keys.access(graph) }),
  })
}

export interface NewLink {
  role: Role
  expiresInDays?: number
}

export function useCreateLink(graph: string) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (link: NewLink) => request<ShareLink & { url: string }>('POST', `${graphUrl(graph)}/links`, link),
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.access(graph) }),
  })
}

export function useRevokeLink(graph: string) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (link: string) => request<null>('DELETE', `${graphUrl(graph)}/links/${encodeURIComponent(link)}`),
    onSettled: () => cache.invalidateQueries({ queryKey: keys.access(graph) }),
  })
}

export const useLinkOffer = (token: string) =>
  useQuery({
    queryKey: keys.linkOffer(token),
    queryFn: () => request<LinkOffer>('GET', linkUrl(token)),
    staleTime: Infinity,
  })

/** Opens the graph of a link: as who one is, or as a guest, who then gets `name` if there is one. */
export const useOpenLink = (token: string) =>
  useMutation({
    mutationFn: async (name: string) => {
      const opened = await request<OpenedLink>('POST', `${linkUrl(token)}/open`)
      if (name !== '') await changeMe({ name })
      return opened
    },
  })

const graphUrl = (graph: string) => `/api/graphs/${encodeURIComponent(graph)}`
const personUrl = (graph: string, person: string) => `${accessUrl(graph)}/people/${encodeURIComponent(person)}`
const linkUrl = (token: string) => `/api/links/by-token/${encodeURIComponent(token)}`
