import { Activity } from 'lucide-react'
import { useEffect, useState } from 'react'

import { useGraph, useRunNode, useShownRun } from '@/document/hooks'
import { isFinished, type RunNodeRow } from '@/document/runDocument'
import { nodeStateFaces } from '@/nodes/nodeState'
import { RunError } from '@/nodes/RunError'
import { untilWords } from '@/nodes/untilWords'
import { usageWords } from '@/nodes/usageWords'
import { passWords } from '@/nodes/passWords'
import { Badge } from '@/ui/Badge'
import { EmptyState } from '@/ui/EmptyState'
import { duration } from '@/ui/formatTime'
import { now } from '@/ui/now'
import { StatusDot } from '@/ui/StatusDot'

import styles from './Inspector.module.css'
import { RunAgain } from './RunAgain'
import { WholeOutput } from './WholeOutput'

/** Ends what was cut for want of room; a node may say it, too, and then all is no more than that. */
const CUT = '…'

/** What a node did in the shown run: its state, its time, what it gave or why it failed. */
export function NodeOutput({ id, title }: { id: string; title: string }) {
  const { canRun } = useGraph()
  const run = useRunNode(id)
  const shown = useShownRun()
  if (run === undefined) {
    return (
      <EmptyState compact icon={<Activity size={16} />} title="Nothing yet">
        Once this graph runs, what this node gives stands here, while it is made and afterwards.
      </EmptyState>
    )
  }
  const face = nodeStateFaces[run.status]
  const text = run.status === 'running' || run.preview === null ? run.stream : run.preview
  return (
    <div className={styles.section}>
      <div className={styles.facts}>
        <span className={styles.state}>
          <StatusDot tone={face.tone} alive={face.alive} />
          {face.label}
        </span>
        <Elapsed run={run} />
        {run.attempt > 1 && <Badge tone="warn">attempt {run.attempt}</Badge>}
        {run.iteration > 0 && <Badge>{passWords(run.iteration)}</Badge>}
        {usageWords(run.usage).map((words) => (
          <Badge key={words}>{words}</Badge>
        ))}
      </div>
      {run.status === 'waiting' && <p>Waits {untilWords(run.progress?.['until'])}.</p>}
      {run.error !== null && <RunError error={run.error} />}
      {canRun && run.status === 'failed' && shown !== undefined && isFinished(shown) && (
        <div>
          <RunAgain id={id} />
        </div>
      )}
      {shown !== undefined && run.status === 'succeeded' && text.includes(CUT) ? (
        <WholeOutput
          key={`${shown.id} ${run.path} ${String(run.iteration)}`}
          run={shown.id}
          path={run.path}
          iteration={run.iteration}
          title={title}
          preview={text}
        />
      ) : text !== '' && (
        <pre className={styles.output} aria-label="Output">
          {readable(text)}
        </pre>
      )}
    </div>
  )
}

/** How long it took, or takes so far. */
function Elapsed({ run }: { run: RunNodeRow }) {
  const [seen, setSeen] = useState(now)
  const open = run.started !== null && run.finished === null
  useEffect(() => {
    if (!open) return
    const timer = setInterval(() => {
      setSeen(now())
    }, 250)
    return () => {
      clearInterval(timer)
    }
  }, [open])
  if (run.started === null) return null
  return <Badge>{duration((run.finished ?? seen / 1000) - run.started)}</Badge>
}

/** JSON that was cut is shown as it came. */
function readable(text: string): string {
  if (!/^[[{]/.test(text)) return text
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
