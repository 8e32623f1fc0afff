import { ArrowUp } from 'lucide-react'
import { useRef, useState, type FormEvent } from 'react'
import { toast } from '@/ui/toast'

import { sentenceOf } from '@/api/ApiError'
import { useStartRun } from '@/api/queries'
import type { Entry } from '@/api/shapes'
import { useEdges, useGraph, useNode, useRunNode, useShownRun } from '@/document/hooks'
import { newId } from '@/document/ids'
import { isFinished } from '@/document/runDocument'
import { classNames } from '@/ui/classNames'
import { clock } from '@/ui/formatTime'
import { now } from '@/ui/now'
import { ScrollArea } from '@/ui/ScrollArea'
import { Spinner } from '@/ui/Spinner'
import { TryAgain } from '@/ui/TryAgain'
import { useKeptText } from '@/ui/useKeptText'

import styles from './ChatBody.module.css'
import { ClearEntries } from './ClearEntries'
import { RunError } from './RunError'
import { useEntries } from './useEntries'
import { useFieldKeys } from './useFieldKeys'
import { useStickToEnd } from './useStickToEnd'

const beginning = 'Say something: it starts a run here, and answers appear above your next message.'

interface Sent {
  text: string
  at: number
}

/** A conversation: sending a message starts a run at this node, and what comes back is read here. */
export function ChatBody({ id }: { id: string }) {
  const graph = useGraph()
  const node = useNode(id)
  const { entries, failed, retry } = useEntries(id)
  const [sent, setSent] = useState<Sent | null>(null)
  const run = useRunNode(id)
  const waiting = sent !== null && !entries.some((entry) => isEcho(entry, sent)) ? sent : null
  const name = node?.name || 'Chat'
  const list = useStickToEnd<HTMLDivElement>(entries.length, waiting)
  return (
    <div className={styles.chat}>
      <ScrollArea label={`Messages of ${name}`} className={classNames(styles.messages, 'nowheel', 'nodrag')} ref={list}>
        {entries.length === 0 && waiting === null && (
          <p className={styles.hint}>
            {failed ? 'Earlier messages could not be loaded.' : graph.canRun ? beginning : 'Nobody has said anything yet.'}{' '}
            {failed && <TryAgain onClick={retry} />}
          </p>
        )}
        {entries.map((entry) => (
          <Bubble key={entry.id} entry={entry} />
        ))}
        {waiting !== null && (
          <Bubble entry={{ id: 'sent', role: 'user', content: waiting.text, ts: waiting.at }} faded />
        )}
        <Replies id={id} />
      </ScrollArea>
      {run?.error && <RunError error={run.error} />}
      {graph.canRun && <Composer id={id} name={name} onSent={setSent} messages={entries.length} />}
    </div>
  )
}

/** A clock of the server and one of the browser may differ a little. */
const isEcho = (entry: Entry, sent: Sent) =>
  (entry.role === 'user' || entry.role === 'input') && entry.content === sent.text && entry.ts > sent.at - 5_000

function Bubble({ entry, faded = false }: { entry: Entry; faded?: boolean }) {
  const role = entry.role ?? 'system'
  const own = role === 'user' || role === 'input'
  return (
    <div
      className={classNames(
        styles.bubble,
        own ? styles.own : styles.reply,
        role === 'system' && styles.system,
        faded && styles.faded,
      )}
      title={clock(entry.ts)}
    >
      {entry.content ?? entry.preview}
    </div>
  )
}

/** What is being written just now by the nodes whose output comes back to this chat. */
function Replies({ id }: { id: string }) {
  const edges = useEdges()
  const sources = new Set(edges.filter((edge) => edge.target === id).map((edge) => edge.source))
  return [...sources].map((source) => <StreamingReply key={source} source={source} />)
}

function StreamingReply({ source }: { source: string }) {
  const run = useRunNode(source)
  const finished = isFinished(useShownRun())
  if (run === undefined || run.status !== 'running' || finished) return null
  return (
    <div className={classNames(styles.bubble, styles.reply)} aria-live="off">
      {run.stream === '' ? <Spinner size={13} label="Thinking" /> : run.stream}
    </div>
  )
}

function Composer({
  id,
  name,
  onSent,
  messages,
}: {
  id: string
  name: string
  onSent: (sent: Sent | null) => void
  messages: number
}) {
  const graph = useGraph()
  const fieldKeys = useFieldKeys(id)
  // A card that is out of view is not drawn, and drawn anew when it is back.
  const [text, setText] = useKeptText(`${graph.me.id}:chat:${graph.id}:${id}`)
  const start = useStartRun(graph.id)
  const tried = useRef({ message: '', key: '' })
  const message = text.trim()

  const send = (event?: FormEvent) => {
    event?.preventDefault()
    if (message === '' || start.isPending) return
    setText('')
    onSent({ text: message, at: now() })
    // What was tried in vain may have arrived: under its key it is said once.
    if (tried.current.message !== message) tried.current = { message, key: newId() }
    start.mutate(
      { start: id, message, key: tried.current.key },
      {
        onSuccess: (run) => {
          tried.current = { message: '', key: '' }
          graph.run.show(run.id)
        },
        onError: (error) => {
          onSent(null)
          setText(message)
          toast.error('The message was not sent', { description: sentenceOf(error) })
        },
      },
    )
  }

  return (
    <form className={classNames(styles.composer, 'nodrag')} onSubmit={send}>
      <textarea
        className={styles.input}
        rows={1}
        value={text}
        placeholder="Message"
        aria-label={`Message to ${name}`}
        onChange={(event) => {
          setText(event.target.value)
        }}
        onKeyDown={(event) => {
          fieldKeys(event)
          if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
            event.preventDefault()
            send()
          }
        }}
      />
      {graph.canEdit && messages > 0 && text === '' && <ClearEntries id={id} many={messages} noun="messages" />}
      <button type="submit" className={styles.send} aria-label="Send" disabled={message === '' || start.isPending}>
        {start.isPending ? <Spinner size={14} /> : <ArrowUp size={15} />}
      </button>
    </form>
  )
}
