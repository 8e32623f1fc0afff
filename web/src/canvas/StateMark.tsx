/** How a node stands in the shown run: a mark, and how long it took. On a group's frame it is all that says why one failed. */
import { Ban, Check, CircleAlert, Clock, Minus } from 'lucide-react'
import type { RunNodeRow } from '@/document/runDocument'
import { nodeStateFaces } from '@/nodes/nodeState'
import { errorMessage } from '@/nodes/RunError'
import { duration } from '@/ui/formatTime'
import styles from './StateMark.module.css'

const icons = { idle: Minus, running: Clock, ok: Check, warn: Clock, failed: CircleAlert }

export function StateMark({ run }: { run: RunNodeRow }) {
  const face = nodeStateFaces[run.status]
  const Icon = run.status === 'cancelled' ? Ban : icons[face.tone]
  const said = run.error === null ? face.label : `${face.label}: ${errorMessage(run.error)}`
  const took = run.started !== null && run.finished !== null ? run.finished - run.started : undefined
  return (
    <span className={styles.mark} data-tone={face.tone} title={said} role="img" aria-label={said}>
      {took !== undefined && <span className={styles.took}>{duration(took)}</span>}
      {face.alive ? <span className={styles.ring} /> : <Icon size={13} strokeWidth={2.5} aria-hidden />}
    </span>
  )
}
