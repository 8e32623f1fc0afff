import { useEffect, useRef } from 'react'

import { useOwnRequest } from '@/api/accessRequests'
import type { AccessRequest } from '@/api/peopleShapes'
import { aRole } from '@/api/roleWords'
import { toast } from '@/ui/toast'

/** Says so when what one asked for is answered while one is here. That one's role is another now is said by itself. */
export function useAnswer(graph: string, mayAsk: boolean): void {
  const newest = useOwnRequest(graph, mayAsk).data
  const waitedFor = useRef('')
  useEffect(() => {
    if (newest?.state === 'open') waitedFor.current = newest.id
    else if (newest?.id === waitedFor.current) {
      waitedFor.current = ''
      tell(newest)
    }
  }, [newest])
}

function tell({ state, decider, role, given, note }: AccessRequest): void {
  const who = decider?.name ?? 'An admin'
  const details = note === '' ? {} : { description: note }
  if (state === 'declined') toast.error(`${who} declined your request to be ${aRole(role)}`, details)
  else if (note !== '') toast.success(`${who} made you ${aRole(given ?? role)}`, details)
}
