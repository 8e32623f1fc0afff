/** One's own avatar: opens the name and colour that others see, and the ways to one's account and out. */
import { Suspense } from 'react'

import { useMe } from '@/api/queries'
import { Avatar } from '@/ui/Avatar'
import { Popover } from '@/ui/Popover'
import { Spinner } from '@/ui/Spinner'

import styles from './YouMenu.module.css'
import { later } from '@/ui/later'

const YouForm = later(() => import('./YouForm').then((module) => ({ default: module.YouForm })))

export function YouMenu() {
  const me = useMe().data
  if (me === undefined) return null
  return (
    <Popover
      label="You"
      align="end"
      trigger={
        <button type="button" className={styles.trigger} aria-label={`You: ${me.name}`}>
          <Avatar name={me.name} colour={me.colour} size={28} />
        </button>
      }
    >
      <Suspense fallback={<Spinner />}>
        <YouForm me={me} />
      </Suspense>
    </Popover>
  )
}
