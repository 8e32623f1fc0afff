/** What one was told, grouped by graph; each leads to its thread, or to who has the graph. */
import { BellRing, CheckCheck } from 'lucide-react'
import { Link } from 'wouter'

import { sentenceOf } from '@/api/ApiError'
import { type Notification, useNotifications, useReadNotifications } from '@/api/notifications'
import { Ago } from '@/ui/Ago'
import { Avatar } from '@/ui/Avatar'
import { Button } from '@/ui/Button'
import { classNames } from '@/ui/classNames'
import { EmptyState } from '@/ui/EmptyState'
import { IconButton } from '@/ui/IconButton'
import { Skeleton } from '@/ui/Skeleton'
import { TryAgain } from '@/ui/TryAgain'

import { byGraph, placeOf, whatHappened } from './byGraph'
import styles from './NotificationList.module.css'

export function NotificationList({ onChosen }: { onChosen: () => void }) {
  const pages = useNotifications()
  const read = useReadNotifications()
  const items = pages.data?.pages.flatMap((page) => page.items) ?? []
  const anyUnread = items.some(({ readAt }) => readAt === null)
  const choose = ({ id, readAt }: Notification) => {
    if (readAt === null) read.mutate([id])
    onChosen()
  }
  return (
    <div className={styles.window}>
      <header className={styles.head}>
        <h2>Notifications</h2>
        {anyUnread && <IconButton size="small" label="Mark all read" icon={<CheckCheck size={16} />} onClick={() => read.mutate(undefined)} />}
      </header>
      <div className={styles.list} tabIndex={0} role="region" aria-label="What you were told">
        {pages.isPending && <Skeleton height={48} />}
        {pages.isError && (
          <div className={styles.problem}>
            <p>{sentenceOf(pages.error)}</p>
            <TryAgain onClick={() => void pages.refetch()} />
          </div>
        )}
        {pages.isSuccess && items.length === 0 && (
          <EmptyState compact icon={<BellRing size={16} />} title="Nothing for you yet">
            When someone mentions you, replies where you took part, or reacts to what you said, it stands here.
          </EmptyState>
        )}
        {byGraph(items).map((group) => (
          <section key={group.graph} aria-label={group.title}>
            <h3 className={styles.graph}>{group.title}</h3>
            <ul>
              {group.items.map((item) => (
                <li key={item.id}>
                  <Row item={item} onChoose={() => choose(item)} />
                </li>
              ))}
            </ul>
          </section>
        ))}
        {pages.hasNextPage && (
          <div className={styles.more}>
            <Button size="small" variant="ghost" busy={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
              Show more
            </Button>
          </div>
        )}
      </div>
    </div>
  )
}

function Row({ item, onChoose }: { item: Notification; onChoose: () => void }) {
  const { by, quote, excerpt, readAt } = item
  const isNew = readAt === null
  return (
    <Link href={placeOf(item)} className={classNames(styles.row, isNew && styles.unread)} onClick={onChoose}>
      <Avatar name={by.name} colour={by.colour} size={24} />
      <span className={styles.words}>
        <span className={styles.line}>
          <span>
            <strong>{by.name}</strong> {whatHappened(item)}
          </span>
          <Ago at={item.at} className={styles.time} />
        </span>
        {excerpt !== '' && <span className={styles.excerpt}>{excerpt}</span>}
        {quote !== '' && <span className={styles.quote}>{quote}</span>}
      </span>
      {isNew && (
        <span className={styles.dot}>
          <span className="visually-hidden">Unread</span>
        </span>
      )}
    </Link>
  )
}
