import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'

import { ApiError } from '@/api/ApiError'
import { listMembers } from '@/api/discussion'
import { keys } from '@/api/keys'
import { useGraph, usePeers, useThreads } from '@/document/hooks'

import type { Mentionable } from './mentions'

/** Who can be called: those here, those who took part, and the members of the workspace if the server tells them. */
export function useMentionables(): readonly Mentionable[] {
  const { me } = useGraph()
  const peers = usePeers()
  const threads = useThreads()
  const members = useQuery({ queryKey: keys.mentionableMembers, queryFn: membersIfTold, staleTime: 60_000, retry: false }).data
  return useMemo(() => {
    const found = new Map<string, Mentionable>()
    const authors = threads.flatMap(({ messages }) => messages.map(({ author }) => author))
    const accounts = (members ?? []).map((member) => ({ ...member, kind: 'person' as const }))
    for (const person of [...peers.map(({ user }) => user), ...authors, ...accounts]) {
      if (person.id !== me.id && person.kind !== 'engine' && person.name !== '' && !found.has(person.id)) found.set(person.id, person)
    }
    return [...found.values()]
  }, [peers, threads, members, me.id])
}

/** Nobody, for whom the server does not tell; a request that fails otherwise is made again with the next comment. */
async function membersIfTold(): Promise<Awaited<ReturnType<typeof listMembers>>> {
  try {
    return await listMembers()
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return []
    throw error
  }
}
