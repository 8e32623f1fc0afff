import { Activity, Check, MapPin, MapPinOff, type LucideIcon, Spline, Square, TextCursorInput } from 'lucide-react'

import type { Thread } from '@/document/schema.gen'
import { excerpt } from '@/document/threadWords'
import { Ago } from '@/ui/Ago'
import { Avatar } from '@/ui/Avatar'
import { classNames } from '@/ui/classNames'

import type { Place } from './placeOf'
import styles from './ThreadRow.module.css'

const icons: Partial<Record<Thread['anchor']['type'], LucideIcon>> = {
  node: Square,
  field: TextCursorInput,
  edge: Spline,
  canvas: MapPin,
  runEvent: Activity,
}

export interface ThreadRowProps {
  thread: Thread
  place: Place
  unread: number
  me: string
  onOpen: () => void
}

/** A thread in the list: how it began, who answered last, what it is about; a click goes there. */
export function ThreadRow({ thread, place, unread, me, onOpen }: ThreadRowProps) {
  const [first] = thread.messages
  const last = thread.messages.at(-1)
  if (first === undefined || last === undefined) return null
  const Icon = place.gone ? MapPinOff : (icons[thread.anchor.type] ?? MapPinOff)
  const replies = thread.messages.length - 1
  const calls = unread > 0 && thread.messages.slice(-unread).some(({ mentions }) => mentions.includes(me))
  return (
    <button type="button" className={classNames(styles.row, unread > 0 && styles.unread)} data-thread={thread.id} onClick={onOpen}>
      <Avatar name={first.author.name} colour={first.author.colour} size={24} />
      <span className={styles.words}>
        <span className={styles.head}>
          <span className={styles.name}>{first.author.name}</span>
          <Ago at={last.at} className={styles.time} />
          {thread.state === 'resolved' && (
            <span className={styles.settled}>
              <Check size={12} aria-hidden />
              Resolved
            </span>
          )}
          {unread > 0 && <span className={styles.dot}>{calls ? `@ ${String(unread)}` : unread}<span className="visually-hidden"> unread</span></span>}
        </span>
        <span className={styles.excerpt}>{excerpt(first)}</span>
        <span className={styles.foot}>
          <Icon size={12} aria-hidden />
          <span className={styles.place}>{place.gone ? <s>{place.name}</s> : place.name}</span>
          {place.gone && <span className={styles.more}>no longer there</span>}
          {replies > 0 && <span className={styles.more}>{replies === 1 ? '1 reply' : `${String(replies)} replies`}</span>}
        </span>
      </span>
    </button>
  )
}
