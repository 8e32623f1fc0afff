import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useConnection } from '@/document/hooks'

/** Asks again for all that could not be loaded while the server was gone, when it is back. */
export function useReturn(): void {
  const cache = useQueryClient()
  const { kind } = useConnection()
  const wasAway = useRef(false)
  useEffect(() => {
    if (kind === 'offline') wasAway.current = true
    if (!wasAway.current || !['saving', 'saved', 'full'].includes(kind)) return
    wasAway.current = false
    void cache.invalidateQueries({ predicate: ({ state }) => state.status === 'error' })
  }, [kind, cache])
}
