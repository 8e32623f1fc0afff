import { useEffect } from 'react'

import { markRead } from '@/api/discussion'
import { useUnreadKnown } from '@/api/notifications'
import { useGraph, useUnread } from '@/document/hooks'
import type { Thread } from '@/document/schema.gen'

/** A thread that is shown in a page that is seen has been read, as far as it goes, with what one was told of it. */
export function useMarkRead(thread: Thread | undefined): void {
  const { id, discussion } = useGraph()
  const isUnread = useUnread().has(thread?.id ?? '')
  // A reaction makes nothing in the thread unread, but it may be among these.
  const told = useUnreadKnown()
  const isDue = isUnread || told > 0
  const last = thread?.messages.at(-1)?.id
  const seen = thread?.id
  useEffect(() => {
    if (!isDue || seen === undefined || last === undefined) return
    const mark = () => {
      if (document.hidden) return
      discussion.setUnread(new Map([...discussion.unread].filter(([each]) => each !== seen)))
      // What was not marked is unread with the next look at the server, which is no harm.
      markRead(id, { [seen]: last }).catch(() => undefined)
    }
    mark()
    document.addEventListener('visibilitychange', mark)
    return () => document.removeEventListener('visibilitychange', mark)
  }, [id, discussion, isDue, told, seen, last])
}
