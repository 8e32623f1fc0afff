/** What one was told: as pages, and live by the server's stream while the page is looked at. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'

import type { User } from '@/document/schema.gen'

import { request } from './client'
import { keys } from './keys'

export interface Notification {
  id: number
  kind: 'mention' | 'reply' | 'resolved' | 'reopened' | 'reaction' | `access.${'asked' | 'granted' | 'declined'}`
  graph: string
  graphTitle: string
  /** Empty when it is about access to the graph. */
  thread: string
  message: string | null
  by: User
  at: number
  readAt: number | null
  /** What the thread is about; of access, the role. */
  quote: string
  /** How the message begins. */
  excerpt: string
  emoji: string
}

interface NotificationPage {
  items: Notification[]
  next: number | null
  unread: number
}

const perPage = 30
const askAgainAfterMs = 30_000

const listNotifications = (before: number | null, limit: number) =>
  request<NotificationPage>('GET', `/api/notifications?limit=${String(limit)}${before === null ? '' : `&before=${String(before)}`}`)
const readNotifications = (ids?: number[]) =>
  request<{ unread: number }>('POST', '/api/notifications/read', ids === undefined ? {} : { ids })

export const useNotifications = () =>
  useInfiniteQuery({
    queryKey: keys.notifications,
    queryFn: ({ pageParam }) => listNotifications(pageParam, perPage),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
  })

export function useReadNotifications() {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: readNotifications,
    onSuccess: ({ unread }) => told(cache, unread),
  })
}

const unreadCount = {
  queryKey: keys.unreadNotifications,
  queryFn: () => listNotifications(null, 1).then((page) => page.unread),
}

/** How much one has not read, of all graphs; 0 while it is not known. */
export function useUnreadNotifications(): number {
  const count = useQuery({
    ...unreadCount,
    refetchInterval: askAgainAfterMs,
    refetchOnWindowFocus: true,
  })
  useStream()
  return count.data ?? 0
}

/** The same as far as it is known here, without asking. */
export const useUnreadKnown = (): number => useQuery({ ...unreadCount, enabled: false }).data ?? 0

/** Listen while the page is seen: a browser allows a server few lines at once, and hidden tabs would hold them all. */
function useStream(): void {
  const cache = useQueryClient()
  useEffect(() => {
    if (typeof EventSource === 'undefined') return
    let stream: EventSource | undefined
    const look = () => {
      if (document.hidden) {
        stream?.close()
        stream = undefined
      } else if (stream === undefined) {
        stream = new EventSource('/api/notifications/stream')
        stream.addEventListener('unread', ({ data }: MessageEvent<string>) => void told(cache, (JSON.parse(data) as { unread: number }).unread))
        stream.addEventListener('notification', () => {
          void cache.invalidateQueries({ queryKey: keys.notifications })
          void cache.invalidateQueries({ queryKey: keys.accessRequests })
        })
      }
    }
    look()
    document.addEventListener('visibilitychange', look)
    return () => {
      document.removeEventListener('visibilitychange', look)
      stream?.close()
    }
  }, [cache])
}

async function told(cache: QueryClient, unread: number): Promise<void> {
  // An answer that is still on its way was given before this.
  await cache.cancelQueries({ queryKey: keys.unreadNotifications })
  cache.setQueryData(keys.unreadNotifications, unread)
  void cache.invalidateQueries({ queryKey: keys.notifications })
}
