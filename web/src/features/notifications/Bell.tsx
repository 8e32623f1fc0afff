/** What one was told, wherever one is: how much of it is new, and the list of it. */
import { Bell as BellIcon } from 'lucide-react'
import { Suspense } from 'react'

import { useUnreadNotifications } from '@/api/notifications'
import { Count } from '@/ui/Count'
import { IconButton } from '@/ui/IconButton'
import { Popover } from '@/ui/Popover'
import { later } from '@/ui/later'
import { StillToCome } from '@/ui/StillToCome'

const NotificationList = later(() => import('./NotificationList').then((module) => ({ default: module.NotificationList })))

export function Bell() {
  const unread = useUnreadNotifications()
  return (
    <Popover
      label="Notifications"
      align="end"
      width={380}
      trigger={
        <IconButton
          label={unread === 0 ? 'Notifications' : `Notifications, ${String(unread)} unread`}
          icon={
            <Count of={unread}>
              <BellIcon size={16} />
            </Count>
          }
        />
      }
    >
      {(close) => (
        <Suspense fallback={<StillToCome />}>
          <NotificationList onChosen={close} />
        </Suspense>
      )}
    </Popover>
  )
}
