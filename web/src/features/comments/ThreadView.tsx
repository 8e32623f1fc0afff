/** One conversation, in its window at a pin or in the panel: what it is about, what was said, and what one says. */
import { Check, Ellipsis, Eye, MapPin, RotateCcw } from 'lucide-react'
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react'

import { sentenceOf } from '@/api/ApiError'
import { deleteThread, reply, setThreadState } from '@/api/discussion'
import { lookAt } from '@/commands/talk'
import { useGraph, useNodes, useThread, useUnread } from '@/document/hooks'
import type { Thread } from '@/document/schema.gen'
import { Ago } from '@/ui/Ago'
import { IconButton } from '@/ui/IconButton'
import { Menu } from '@/ui/Menu'
import { Skeleton } from '@/ui/Skeleton'
import { toast } from '@/ui/toast'

import { AskToDelete } from './AskToDelete'
import { Composer } from './Composer'
import { Message } from './Message'
import { placeOf } from './placeOf'
import styles from './ThreadView.module.css'
import { useMarkRead } from './useMarkRead'

export interface ThreadViewProps {
  id: string
  /** Stands before what the thread is about: the way back. */
  before?: ReactNode
  /** Stands at the end of the head: the next thread, the way out. */
  after?: ReactNode
  onGone: () => void
}

export function ThreadView({ id, before, after, onGone }: ThreadViewProps) {
  const graph = useGraph()
  const thread = useThread(id)
  const unread = useUnread().get(id) ?? 0
  // What was new as the thread was opened stays marked while it is read.
  const [newFrom] = useState(() => (thread === undefined ? Infinity : thread.messages.length - unread))
  const [was, setWas] = useState(false)
  const [asking, setAsking] = useState(false)
  if (thread !== undefined && !was) setWas(true)
  useMarkRead(thread)
  useEffect(() => {
    if (was && thread === undefined) onGone()
  }, [was, thread, onGone])
  if (thread === undefined) return <ThreadSkeleton />
  return (
    <>
      <Head thread={thread} before={before} after={after} onDelete={() => setAsking(true)} />
      {asking && (
        <div className={styles.ask}>
          <AskToDelete
            what="this thread"
            loses="All that was said in it goes. This can’t be undone."
            onDelete={() => deleteThread(graph.id, id)}
            onKeep={() => setAsking(false)}
          />
        </div>
      )}
      <Messages thread={thread} newFrom={newFrom} />
      <Foot thread={thread} />
    </>
  )
}

function Head({ thread, before, after, onDelete }: { thread: Thread; before: ReactNode; after: ReactNode; onDelete: () => void }) {
  const graph = useGraph()
  useNodes()
  const { kind, name, gone } = placeOf(graph, thread)
  const settled = thread.state === 'resolved'
  const setState = () => {
    setThreadState(graph.id, thread.id, settled ? 'open' : 'resolved').catch((error: unknown) => {
      toast.error(settled ? 'The thread was not reopened' : 'The thread was not resolved', { description: sentenceOf(error) })
    })
  }
  return (
    <header className={styles.head}>
      {before}
      {gone ? (
        <span className={styles.place} title={`${kind}: ${name}, no longer in the graph`}>
          <s>{name}</s>
        </span>
      ) : (
        <button type="button" className={styles.place} title={`${kind}: ${name}. Click to look there.`} onClick={() => lookAt(graph, thread)}>
          <MapPin size={13} aria-hidden />
          <span>{name}</span>
        </button>
      )}
      {graph.canComment && (
        <IconButton
          size="small"
          label={settled ? 'Reopen' : 'Resolve'}
          icon={settled ? <RotateCcw size={15} /> : <Check size={16} />}
          onClick={setState}
        />
      )}
      <ThreadMenu thread={thread} onDelete={onDelete} />
      {after}
    </header>
  )
}

function ThreadMenu({ thread, onDelete }: { thread: Thread; onDelete: () => void }) {
  const graph = useGraph()
  const copyLink = async () => {
    const url = new URL(`/graphs/${graph.id}?thread=${thread.id}`, location.href)
    try {
      await navigator.clipboard.writeText(url.href)
      toast.success('The link to this thread is copied')
    } catch (error) {
      toast.error('The browser did not allow to copy', { description: `${sentenceOf(error)} The link: ${url.href}` })
    }
  }
  const mine = thread.messages.every(({ author, deletedAt }) => author.id === graph.me.id || deletedAt !== null)
  const mayDelete = graph.canComment && (mine || graph.role === 'admin')
  const items = [
    [{ id: 'link', label: 'Copy link', run: () => void copyLink() }],
    ...(mayDelete ? [[{ id: 'delete', label: 'Delete thread…', danger: true, takesFocus: true, run: onDelete }]] : []),
  ]
  return <Menu items={items} trigger={<IconButton size="small" label="More about this thread" icon={<Ellipsis size={15} />} />} />
}

function Messages({ thread, newFrom }: { thread: Thread; newFrom: number }) {
  const { me } = useGraph()
  const { messages, resolved } = thread
  const list = useRef<HTMLDivElement>(null)
  const names = useMemo(() => new Map(messages.map(({ author }) => [author.id, author.name])), [messages])
  const standing = messages.filter(({ deletedAt }) => deletedAt === null)
  useEffect(() => {
    if (list.current !== null) list.current.scrollTop = list.current.scrollHeight
  }, [messages.length])
  return (
    <div ref={list} className={styles.messages} tabIndex={0} role="log" aria-label="Messages">
      {messages.map((message, at) => (
        <Message
          key={message.id}
          thread={thread.id}
          message={message}
          names={names}
          isLast={standing.length === 1}
          isNew={at >= newFrom && message.author.id !== me.id}
        />
      ))}
      {resolved !== null && (
        <p className={styles.settled}>
          <Check size={13} aria-hidden />
          {resolved.by.name} resolved this <Ago at={resolved.at} />
        </p>
      )}
    </div>
  )
}

function Foot({ thread }: { thread: Thread }) {
  const graph = useGraph()
  if (!graph.canComment) return <LookOnly />
  return (
    <div className={styles.foot}>
      <Composer
        draftKey={`${graph.id}:${thread.id}`}
        label="Reply"
        placeholder={thread.state === 'resolved' ? 'Say something more' : 'Reply'}
        onSend={(body, id) => reply(graph.id, thread.id, { id, body })}
      />
    </div>
  )
}

/** Says to whoever may not write why there is nothing to write in. */
export function LookOnly() {
  return (
    <p className={styles.lookOnly}>
      <Eye size={14} aria-hidden />
      You can read, not comment. An admin of this workspace can make you a commenter.
    </p>
  )
}

function ThreadSkeleton() {
  return (
    <div className={styles.skeleton} aria-busy aria-label="Fetching the thread">
      <Skeleton width="60%" />
      <Skeleton />
    </div>
  )
}
