import { Square } from 'lucide-react'
import { useState } from 'react'
import { toast } from '@/ui/toast'

import { sentenceOf } from '@/api/ApiError'
import { useCancelRun } from '@/api/queries'
import { useEvents } from '@/api/runs'
import { useGraph, useNodes } from '@/document/hooks'
import { isFinished, type RunRow } from '@/document/runDocument'
import { titleOf } from '@/document/titles'
import { nodeStateFaces, runStateFaces } from '@/nodes/nodeState'
import { untilWords } from '@/nodes/untilWords'
import { Badge } from '@/ui/Badge'
import { Button } from '@/ui/Button'
import { duration } from '@/ui/formatTime'
import { SearchInput } from '@/ui/SearchInput'
import { Select } from '@/ui/Select'
import { StatusDot } from '@/ui/StatusDot'
import { TryAgain } from '@/ui/TryAgain'

import { EventList } from './EventList'
import { filterEvents, type EventKind, eventKinds } from './filterEvents'
import styles from './RunPanel.module.css'
import { totalUsage } from './totalUsage'
import { WhyFailed } from './WhyFailed'

/** One run: how it stands, and its events, which can be searched. */
export function RunDetails({ run }: { run: RunRow }) {
  const graph = useGraph()
  const events = useEvents(run.id, !isFinished(run))
  const cancel = useCancelRun(graph.id)
  const names = new Map(useNodes().map((node) => [node.id, titleOf(node, graph.types.get(node.type))]))
  const [query, setQuery] = useState('')
  const [kind, setKind] = useState<EventKind>('all')
  // Its last events come when it is over: whoever saw it run sees those, too.
  const [watched] = useState(!isFinished(run))
  const all = events.data ?? []
  const shown = filterEvents(all, names, query, kind)
  const face = runStateFaces[run.status]
  return (
    <div className={styles.details}>
      <header className={styles.bar}>
        <span className={styles.status}>
          <StatusDot tone={face.tone} alive={face.alive} />
          {face.label} {run.status === 'waiting' && untilWords(all.findLast(({ type }) => type === 'run.waiting')?.payload?.['until'])}
        </span>
        {run.started !== null && run.finished !== null && <Badge>{duration(run.finished - run.started)}</Badge>}
        <Counters counters={run.counters} />
        <span className={styles.usage}>
          {totalUsage(all).map((words) => (
            <Badge key={words}>{words}</Badge>
          ))}
        </span>
        <span className={styles.spring} />
        {!isFinished(run) && graph.canRun && (
          <Button
            size="small"
            icon={<Square size={12} fill="currentColor" />}
            busy={cancel.isPending}
            onClick={() => {
              cancel.mutate(run.id, {
                onError: (error) => toast.error('The run was not cancelled', { description: sentenceOf(error) }),
              })
            }}
          >
            Cancel
          </Button>
        )}
        <div className={styles.search}>
          <SearchInput label="Search events" value={query} onChange={setQuery} />
        </div>
        <div className={styles.kind}>
          <Select
            aria-label="Kind of events"
            size="small"
            value={kind}
            options={eventKinds}
            onChange={(value) => {
              setKind(value as EventKind)
            }}
          />
        </div>
      </header>
      {run.error !== null && <WhyFailed error={run.error} titles={names} />}
      {events.isError && (
        <p className={styles.note}>
          {sentenceOf(events.error)} <TryAgain onClick={() => void events.refetch()} />
        </p>
      )}
      <EventList
        run={run.id}
        events={shown}
        names={names}
        start={run.started ?? all[0]?.at ?? 0}
        follow={watched}
        empty={
          all.length === 0
            ? events.isPending
              ? 'Fetching the events…'
              : 'Nothing has happened yet.'
            : 'No event matches.'
        }
      />
    </div>
  )
}

function Counters({ counters }: { counters: Readonly<Record<string, number>> }) {
  const totals = new Map<string, number>()
  for (const [state, many] of Object.entries(counters)) {
    const face = nodeStateFaces[state as keyof typeof nodeStateFaces] as (typeof nodeStateFaces)['failed'] | undefined
    if (face !== undefined && many > 0) totals.set(face.tone, (totals.get(face.tone) ?? 0) + many)
  }
  const done = totals.get('ok') ?? 0
  const failed = totals.get('failed') ?? 0
  return (
    <>
      {done > 0 && <Badge tone="ok">{done} done</Badge>}
      {failed > 0 && <Badge tone="failed">{failed} failed</Badge>}
    </>
  )
}
