import { useEffect } from 'react'

import { getUnread } from '@/api/discussion'
import { useGraph, useThreads } from '@/document/hooks'

/** So long it waits for more to be said before it asks. */
const gatherMs = 120

/** Keeps how much is unread as the server says: asked whenever something was said, and when one comes back to the page. */
export function useUnreadCounts(): void {
  const { id, discussion, me } = useGraph()
  const threads = useThreads()
  const others = threads.flatMap(({ messages }) => messages).filter(({ author, deletedAt }) => author.id !== me.id && deletedAt === null)
  const said = `${String(others.length)} ${String(Math.max(0, ...others.map(({ at }) => at)))}`
  useEffect(() => {
    let gone = false
    const ask = async () => {
      try {
        const { items } = await getUnread(id)
        if (!gone) discussion.setUnread(new Map(items.map(({ thread, unread }) => [thread, unread])))
      } catch {
        // Not connected: asked again with the next thing that is said, or when one comes back.
      }
    }
    const timer = setTimeout(() => void ask(), gatherMs)
    const onFocus = () => void ask()
    window.addEventListener('focus', onFocus)
    return () => {
      gone = true
      clearTimeout(timer)
      window.removeEventListener('focus', onFocus)
    }
  }, [id, discussion, said])
}
