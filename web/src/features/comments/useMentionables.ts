import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'

import { ApiError } from '@/api/ApiError'
import { listMembers } from '@/api/discussion'
import { keys } from '@/api/keys'
import { getAccess } from '@/api/ownRole'
import type { GraphAccess, Member } from '@/api/peopleShapes'
import { useGraph, usePeers, useThreads } from '@/document/hooks'

import type { Mentionable } from './mentions'

/** Who can be called: those here, those who took part, and the members of the workspace if the server tells them. */
export function useMentionables(): readonly Mentionable[] {
  const { id, me } = useGraph()
  const peers = usePeers()
  const threads = useThreads()
  const members = useQuery({ queryKey: keys.mentionableMembers, queryFn: membersIfTold, staleTime: 60_000, retry: false }).data
  const access = useQuery({ queryKey: keys.access(id), queryFn: () => getAccess(id), staleTime: 60_000, retry: false }).data
  return useMemo(() => {
    const found = new Map<string, Mentionable>()
    const here = new Map(peers.map(({ user }) => [user.id, user]))
    const authors = threads.flatMap(({ messages }) => messages).sort((one, other) => other.at - one.at).map(({ author }) => author)
    const accounts = (members ?? []).map((member) => ({
      ...member,
      kind: 'person' as const,
      isOutside: !here.has(member.id) && isOutside(member, access),
    }))
    const gone = new Set((members ?? []).filter(({ disabled }) => disabled).map(({ id }) => id))
    // By the name that they have now: an account knows it, a peer what it was as they came, a message as it was said.
    for (const person of [...accounts, ...here.values(), ...authors]) {
      if (gone.has(person.id)) continue
      if (person.id !== me.id && person.kind !== 'engine' && person.name !== '' && !found.has(person.id)) found.set(person.id, person)
    }
    return [...found.values()]
  }, [peers, threads, members, access, me.id])
}

/** As the server decides it (ACCESS-7), from what it says to whoever sees the graph. */
function isOutside({ id, role }: Member, access: GraphAccess | undefined): boolean {
  if (access === undefined || role === 'admin' || access.people.some((person) => person.id === id)) return false
  return access.visibility === 'private' || role === null
}

/** Nobody, for whom the server does not tell; a request that fails otherwise is made again with the next comment. */
async function membersIfTold(): Promise<Member[]> {
  try {
    return await listMembers()
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return []
    throw error
  }
}
