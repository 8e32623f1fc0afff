/** Versions of a graph: states of it that are kept, to look at, to compare with and to go back to. */
import { skipToken, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import { graphUrl, request, requestBytes } from './client'
import { keys } from './keys'
import type { components } from './rest.gen'

export type Version = components['schemas']['GraphVersion']
type Versions = components['schemas']['GraphVersions']

/** The newest first. */
export const useVersions = (graph: string) =>
  useInfiniteQuery({
    queryKey: keys.versions(graph),
    queryFn: ({ pageParam }) => {
      const before = pageParam === null ? '' : `?before=${encodeURIComponent(pageParam)}`
      return request<Versions>('GET', `${graphUrl(graph)}/versions${before}`)
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  })

/** One of the newest; undefined where it is not among them. */
export async function findVersion(graph: string, id: string): Promise<Version | undefined> {
  const { items } = await request<Versions>('GET', `${graphUrl(graph)}/versions`)
  return items.find((version) => version.id === id)
}

/** A whole version as one Yjs v1 update; it never changes. Without an id it waits for one. */
export const useVersionState = (graph: string, version: string | undefined) =>
  useQuery({
    queryKey: keys.version(graph, version ?? ''),
    queryFn: version === undefined ? skipToken : () => requestBytes(`${versionUrl(graph, version)}?format=yjs`),
    staleTime: Infinity,
  })

type Keep<Given> = (given: Given, keep: (label: string) => Promise<Version>) => Promise<Version>

/** Keeps the graph as the server has it now. */
export const useKeepVersion = (graph: string) => useKeeping<string>(graph, (label, keep) => keep(label))

/** Does something that keeps the graph on the way, maybe more than once. */
export function useKeeping<Given = void>(graph: string, work: Keep<Given>) {
  const cache = useQueryClient()
  const keep = (label: string) => request<Version>('POST', `${graphUrl(graph)}/versions?label=${encodeURIComponent(label)}`)
  return useMutation({
    mutationFn: (given: Given) => work(given, keep),
    onSettled: () => cache.invalidateQueries({ queryKey: keys.versions(graph) }),
  })
}

export function useDeleteVersion(graph: string) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (version: string) => request<null>('DELETE', versionUrl(graph, version)),
    onSettled: () => cache.invalidateQueries({ queryKey: keys.versions(graph) }),
  })
}

/** Where a version is; asked for as it is, it comes as a file. */
export const versionUrl = (graph: string, version: string) => `${graphUrl(graph)}/versions/${encodeURIComponent(version)}`
