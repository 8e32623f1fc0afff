import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, useState } from 'react'

import type { RunEvent } from '@/api/shapes'
import { useEditorView } from '@/commands/editorView'
import { useGraph } from '@/document/hooks'
import { labelOf } from '@/document/titles'
import { findPort, outputPorts, plainPort } from '@/document/wiring'
import { CommentPin } from '@/nodes/CommentPin'
import { passWords } from '@/nodes/passWords'
import { classNames } from '@/ui/classNames'
import { ScrollArea } from '@/ui/ScrollArea'
import { StatusDot } from '@/ui/StatusDot'

import { eventWords } from './eventWords'
import { nodeName } from './filterEvents'
import styles from './EventList.module.css'

export interface EventListProps {
  run: string
  events: readonly RunEvent[]
  names: ReadonlyMap<string, string>
  /** Seconds since 1970 from which times are counted. */
  start: number
  /** Keep the newest event in sight, unless the reader has scrolled up. */
  follow: boolean
  empty: string
}

const ROW = 28

/** Only the rows in sight are drawn, so that a run of 100,000 events scrolls like one of ten. */
export function EventList({ run, events, names, start, follow, empty }: EventListProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set())
  // eslint-disable-next-line react-hooks/incompatible-library -- the virtualiser renders this component itself
  const rows = useVirtualizer({
    count: events.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    getItemKey: (index) => events[index]?.seq ?? index,
    overscan: 12,
  })
  // While one talks about an event its row stays where it is.
  const talking = useEditorView(({ talk }) => talk?.anchor.type === 'runEvent')
  const reader = useRef({ atEnd: true, top: 0 })
  useEffect(() => {
    if (follow && reader.current.atEnd && !talking && events.length > 0) rows.scrollToIndex(events.length - 1)
  }, [follow, talking, events.length, rows])

  const toggle = (seq: number) => {
    const next = new Set(opened)
    if (!next.delete(seq)) next.add(seq)
    setOpened(next)
  }
  return (
    <ScrollArea
      label="Events"
      className={styles.events}
      ref={scroller}
      onScroll={({ currentTarget: { scrollHeight, scrollTop: top, clientHeight } }) => {
        // Rows that turn out higher than was guessed move the end away; only who goes up leaves it.
        const stays = reader.current.atEnd && top >= reader.current.top
        reader.current = { atEnd: stays || scrollHeight - top - clientHeight < ROW, top }
      }}
    >
      {events.length === 0 && <p className={styles.empty}>{empty}</p>}
      <div className={styles.all} style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map((row) => {
          const event = events[row.index]
          if (event === undefined) return null
          return (
            <div
              key={row.key}
              ref={rows.measureElement}
              data-index={row.index}
              className={styles.place}
              style={{ transform: `translateY(${row.start}px)` }}
            >
              <EventRow
                event={event}
                run={run}
                name={nodeName(event, names)}
                start={start}
                open={opened.has(event.seq)}
                onToggle={() => {
                  toggle(event.seq)
                }}
              />
            </div>
          )
        })}
      </div>
    </ScrollArea>
  )
}

interface EventRowProps {
  run: string
  event: RunEvent
  name: string
  start: number
  open: boolean
  onToggle: () => void
}

function EventRow({ run, event, name, start, open, onToggle }: EventRowProps) {
  const graph = useGraph()
  const id = event.node?.slice(event.node.lastIndexOf('/') + 1)
  const node = graph.store.node(id ?? '')
  const ports = node && outputPorts(node, graph.types)
  const { tone, verb, text } = eventWords(event, (name) => labelOf(findPort(ports, name) ?? plainPort(name)))
  const hasMore = event.payload !== null && Object.keys(event.payload).length > 0
  return (
    <>
      <div data-row="" className={classNames(styles.row, tone === 'failed' && styles.failed)}>
        <span className={styles.time}>{Math.max(0, event.at - start).toFixed(2)} s</span>
        <StatusDot tone={tone} />
        {id !== undefined && (
          <button
            type="button"
            className={styles.node}
            onClick={() => {
              if (graph.store.node(id) === undefined) return
              graph.selection.set([id])
              graph.camera.reveal([id])
            }}
          >
            {name}
          </button>
        )}
        {event.iteration > 0 && <span className={styles.pass}>{passWords(event.iteration)}</span>}
        <button type="button" className={styles.words} aria-expanded={open} disabled={!hasMore} onClick={onToggle}>
          <span className={styles.verb}>{verb}</span>
          <span className={styles.text}>{text}</span>
        </button>
        <CommentPin anchor={{ type: 'runEvent', run, seq: event.seq }} what={`${name} ${verb}`.trim()} />
      </div>
      {open && <pre className={styles.payload}>{JSON.stringify(event.payload, null, 2)}</pre>}
    </>
  )
}
