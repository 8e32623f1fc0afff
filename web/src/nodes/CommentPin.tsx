/** A pin that stands in a row of a panel, at a field or an event: its threads, or, while one is at it, the way to begin one. */
import { MessageSquare, MessageSquarePlus } from 'lucide-react'

import { useEditorView } from '@/commands/editorView'
import { beginTalk, closeTalk, openThread } from '@/commands/talk'
import { anchorKey, type WritableAnchor } from '@/document/anchors'
import { useGraph, useThreads, useUnread } from '@/document/hooks'
import { pinWords } from '@/document/threadWords'
import { classNames } from '@/ui/classNames'
import { Tooltip } from '@/ui/Tooltip'

import styles from './CommentPin.module.css'

export interface CommentPinProps {
  anchor: WritableAnchor
  /** What it is about, as its row calls it. */
  what: string
}

export function CommentPin({ anchor, what }: CommentPinProps) {
  const graph = useGraph()
  const key = anchorKey(anchor)
  const unread = useUnread()
  const threads = useThreads().filter((thread) => thread.state === 'open' && anchorKey(thread.anchor) === key)
  const isOpen = useEditorView(({ talk }) => talk?.where === 'pin' && anchorKey(talk.anchor) === key && talk.pin === undefined)
  const news = threads.reduce((sum, { id }) => sum + (unread.get(id) ?? 0), 0)
  const first = threads.find(({ id }) => unread.has(id)) ?? threads[0]
  if (first === undefined && !graph.canComment) return null
  const label = first === undefined ? `Comment on ${what}` : pinWords(threads, news).label
  const toggle = () => {
    if (isOpen) closeTalk()
    else if (first === undefined) beginTalk(anchor)
    else openThread(graph, first, 'pin')
  }
  return (
    <Tooltip label={label}>
      <button
        type="button"
        data-pin={key}
        aria-label={label}
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        className={classNames(styles.pin, first === undefined && !isOpen && styles.quiet, news > 0 && styles.unread)}
        onClick={toggle}
      >
        {first === undefined ? <MessageSquarePlus size={13} aria-hidden /> : <MessageSquare size={13} aria-hidden />}
        {first !== undefined && threads.reduce((sum, { messages }) => sum + messages.length, 0)}
      </button>
    </Tooltip>
  )
}
