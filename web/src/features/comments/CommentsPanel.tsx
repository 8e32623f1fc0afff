/** All that is said about a graph, in the right column: a list to filter and search, or one thread of it. */
import { ArrowLeft, CheckCheck, Filter, MessageSquarePlus, MessagesSquare } from 'lucide-react'
import { useCallback, useEffect, useRef, useState } from 'react'

import { sentenceOf } from '@/api/ApiError'
import { beginThread, markRead } from '@/api/discussion'
import { showInEditor, type Talk, useEditorView } from '@/commands/editorView'
import { closeTalk, goToThread, openThread } from '@/commands/talk'
import { anchorKey } from '@/document/anchors'
import { useDiscussionState, useGraph, useNodes, useThreads, useUnread } from '@/document/hooks'
import type { Thread } from '@/document/schema.gen'
import { Button } from '@/ui/Button'
import { EmptyState } from '@/ui/EmptyState'
import { IconButton } from '@/ui/IconButton'
import { Kbd } from '@/ui/Kbd'
import { SearchInput } from '@/ui/SearchInput'
import { Select } from '@/ui/Select'
import { toast } from '@/ui/toast'

import styles from './CommentsPanel.module.css'
import { Composer } from './Composer'
import { filterThreads, type ThreadFilter, threadFilters } from './filterThreads'
import { placeOf } from './placeOf'
import { ThreadRow } from './ThreadRow'
import { LookOnly, ThreadView } from './ThreadView'

export function CommentsPanel() {
  const talk = useEditorView((view) => view.talk)
  const open = talk?.where === 'panel' ? talk : null
  // The list keeps its filter and its place while a thread of it is read.
  const [filter, setFilter] = useState<ThreadFilter>('open')
  const [search, setSearch] = useState('')
  return (
    <section className={styles.panel} aria-label="Comments">
      {open === null ? (
        <ThreadList filter={filter} search={search} onFilter={setFilter} onSearch={setSearch} />
      ) : (
        <OpenTalk key={open.thread ?? anchorKey(open.anchor)} talk={open} />
      )}
    </section>
  )
}

interface ThreadListProps {
  filter: ThreadFilter
  search: string
  onFilter: (filter: ThreadFilter) => void
  onSearch: (search: string) => void
}

function ThreadList({ filter, search, onFilter, onSearch }: ThreadListProps) {
  const graph = useGraph()
  const threads = useThreads()
  const unread = useUnread()
  useNodes()
  const shown = filterThreads(threads, { filter, search, me: graph.me.id, unread })
  const isSettled = filter === 'open' && search === ''
  if (threads.length === 0) return <NothingSaid />
  return (
    <>
      <div className={styles.tools}>
        <SearchInput label="Search comments" value={search} onChange={onSearch} />
        <div className={styles.row}>
          <div className={styles.filter}>
            <Select aria-label="Which comments" size="small" value={filter} options={threadFilters} onChange={(value) => onFilter(value as ThreadFilter)} />
          </div>
          {unread.size > 0 && <ReadAll />}
          {graph.canComment && (
            <IconButton size="small" label="Comment" keys="Shift+C" icon={<MessageSquarePlus size={16} />} onClick={() => showInEditor({ placing: true })} />
          )}
        </div>
      </div>
      {shown.length === 0 ? (
        <EmptyState
          compact
          icon={isSettled ? <CheckCheck size={16} /> : <Filter size={15} />}
          title={isSettled ? 'Nothing is open' : 'No comment matches'}
          actions={<Button size="small" onClick={() => { onFilter('all'); onSearch('') }}>Show all</Button>}
        >
          {isSettled ? 'All that was said here is resolved.' : search === '' ? 'Others are hidden by the filter.' : 'The search looks at what was said, by whom, and about what.'}
        </EmptyState>
      ) : (
        <ul className={styles.list} aria-label="Threads">
          {shown.map((thread) => (
            <li key={thread.id}>
              <ThreadRow thread={thread} place={placeOf(graph, thread)} unread={unread.get(thread.id) ?? 0} me={graph.me.id} onOpen={goTo(graph, thread)} />
            </li>
          ))}
        </ul>
      )}
      {!graph.canComment && <LookOnly />}
    </>
  )
}

const goTo = (graph: ReturnType<typeof useGraph>, thread: Thread) => () => goToThread(graph, thread, 'panel')

function ReadAll() {
  const { id, discussion } = useGraph()
  const readAll = async () => {
    try {
      await markRead(id)
      discussion.setUnread(new Map())
    } catch (error) {
      toast.error('Nothing was marked', { description: sentenceOf(error) })
    }
  }
  return <IconButton size="small" label="Mark all read" icon={<CheckCheck size={16} />} onClick={() => void readAll()} />
}

/** Teaches what stands here and how it gets here. */
function NothingSaid() {
  const { canComment, discussion } = useGraph()
  useDiscussionState()
  if (!discussion.loaded) return null
  return (
    <>
      <EmptyState
        compact
        icon={<MessagesSquare size={16} />}
        title="Nothing was said yet"
        actions={
          canComment && (
            <Button icon={<MessageSquarePlus size={15} />} onClick={() => showInEditor({ placing: true })}>
              Comment
            </Button>
          )
        }
      >
        {canComment ? (
          <>
            Ask, suggest or praise where it belongs: select a node or a line and press <Kbd keys="Shift+C" />, or put a comment
            anywhere on the canvas. Fields and events of runs have their own. Everyone here sees it at once.
          </>
        ) : (
          'What others say about this graph stands here, and you can read it live.'
        )}
      </EmptyState>
      <span className={styles.spring} />
      {!canComment && <LookOnly />}
    </>
  )
}

function OpenTalk({ talk }: { talk: Talk }) {
  const graph = useGraph()
  const panel = useRef<HTMLDivElement>(null)
  const { thread, anchor } = talk
  useEffect(() => panel.current?.focus({ preventScroll: true }), [])
  const back = useCallback(() => {
    closeTalk()
    // The list comes back with the next render, and the keyboard to the row that was open.
    requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-thread="${CSS.escape(thread ?? '')}"]`)?.focus())
  }, [thread])
  const backButton = <IconButton size="small" label="All comments" icon={<ArrowLeft size={16} />} onClick={back} />
  return (
    <div
      ref={panel}
      tabIndex={-1}
      className={styles.open}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return
        event.preventDefault()
        back()
      }}
    >
      {thread !== null ? (
        <ThreadView id={thread} before={backButton} onGone={back} />
      ) : (
        anchor.type !== 'unknown' && (
          <>
            <header className={styles.about}>
              {backButton}
              <span>{placeOf(graph, { anchor, quote: '' }).name}</span>
            </header>
            <div className={styles.begin}>
              <Composer
                draftKey={`${graph.id}:${anchorKey(anchor)}`}
                label="Comment"
                placeholder="Comment"
                focused
                listSide="below"
                onSend={async (body, id) => openThread(graph, await beginThread(graph.id, anchor, { id, body }), 'panel')}
              />
            </div>
          </>
        )
      )}
    </div>
  )
}
