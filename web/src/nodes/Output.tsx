import type { RunNodeRow } from '@/document/runDocument'
import { classNames } from '@/ui/classNames'
import { Progress } from '@/ui/Progress'

import styles from './NodeBody.module.css'
import { RunError } from './RunError'
import { untilWords } from './untilWords'

/** What a node gives in the shown run: its words while they come, its progress, its output, or its error. */
export function Output({ run }: { run: RunNodeRow }) {
  const running = run.status === 'running'
  const text = running || run.preview === null ? run.stream : run.preview
  return (
    <>
      {text !== '' && (
        <pre className={classNames(styles.output, 'nowheel', 'nodrag')} tabIndex={0} role="group" aria-label="Output">
          {text}
          {running && <span className={styles.caret} aria-hidden />}
        </pre>
      )}
      {running && run.progress !== null && <RunProgress progress={run.progress} />}
      {run.status === 'waiting' && <p className={styles.faint}>Waits {untilWords(run.progress?.['until'])}</p>}
      {run.error !== null && <RunError error={run.error} />}
    </>
  )
}

function RunProgress({ progress }: { progress: Record<string, unknown> }) {
  const { done, total, note } = progress
  return (
    <div className={styles.progress}>
      <Progress
        label="Progress"
        done={typeof done === 'number' ? done : 0}
        total={typeof total === 'number' ? total : null}
      />
      {typeof note === 'string' && <span className={styles.faint}>{note}</span>}
    </div>
  )
}
