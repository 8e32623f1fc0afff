import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { keys } from '@/api/keys'
import type { Role } from '@/api/shapes'
import { aRole, roleWords } from '@/api/roleWords'
import { useConnection, useGraph, useIsLost } from '@/document/hooks'
import { CloseCode, roles } from '@/document/protocol.gen'
import { toast } from '@/ui/toast'

/** Whether one may do less as `now` than as `before`. */
export const isLess = (now: Role, before: Role) => roles.indexOf(now) < roles.indexOf(before)

/** Says so when one's role on the open graph changes, and asks to sign in again when the session ended. */
export function useStanding(): void {
  const cache = useQueryClient()
  const { id, role } = useGraph()
  const isLost = useIsLost()
  const before = useRef(role)
  useEffect(() => {
    if (before.current === role || isLost) return
    const tell = isLess(role, before.current) ? toast.warning : toast.success
    before.current = role
    tell(`You are ${aRole(role)} here now`, {
      description: `You can ${roleWords[role].can}.`,
    })
    void cache.invalidateQueries({ queryKey: keys.access(id) })
  }, [role, isLost, id, cache])

  const connection = useConnection()
  const isSignedOut = connection.kind === 'refused' && connection.code === CloseCode.NOT_SIGNED_IN
  useEffect(() => {
    if (isSignedOut) void cache.invalidateQueries({ queryKey: keys.me })
  }, [isSignedOut, cache])
}
