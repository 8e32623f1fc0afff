import { useUnread } from '@/document/hooks'
import { CountBadge } from '@/ui/Count'

/** The name of the tab, with how much of it is unread. */
export function CommentsLabel() {
  const total = [...useUnread().values()].reduce((sum, count) => sum + count, 0)
  return (
    <>
      Comments
      <CountBadge of={total} />
    </>
  )
}
