import { sentenceOf } from '@/api/ApiError'
import { useRuns } from '@/api/runs'
import type { RunRecord } from '@/api/shapes'
import { useGraph, useShownRun } from '@/document/hooks'
import { runStateFaces } from '@/nodes/nodeState'
import { Button } from '@/ui/Button'
import { classNames } from '@/ui/classNames'
import { ago, duration } from '@/ui/formatTime'
import { Skeleton } from '@/ui/Skeleton'
import { StatusDot } from '@/ui/StatusDot'
import { TryAgain } from '@/ui/TryAgain'

import styles from './RunPanel.module.css'

/** Runs, the newest first; choosing one shows it on the canvas, too. */
export function RunList() {
  const graph = useGraph()
  const shown = useShownRun()
  const runs = useRuns(graph.id)
  const items = runs.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <div className={styles.runs}>
      <h2 className={styles.heading}>Runs</h2>
      <ul className={styles.list}>
        {items.map((record) => {
          // What is shown is live; the list is as old as its last fetch.
          const current =
            record.id === shown?.id ? { ...record, state: shown.status, finished: shown.finished } : record
          return (
            <li key={record.id}>
              <button
                type="button"
                className={classNames(styles.run, record.id === shown?.id && styles.chosen)}
                aria-current={record.id === shown?.id || undefined}
                onClick={() => {
                  graph.run.show(record.id)
                }}
              >
                <RunFace record={current} />
              </button>
            </li>
          )
        })}
      </ul>
      {runs.isPending && <Waiting />}
      {runs.isError && (
        <p className={styles.note}>
          {sentenceOf(runs.error)} <TryAgain onClick={() => void runs.refetch()} />
        </p>
      )}
      {runs.isSuccess && items.length === 0 && shown === undefined && <p className={styles.note}>This graph has not run yet.</p>}
      {runs.hasNextPage && (
        <Button
          variant="ghost"
          size="small"
          busy={runs.isFetchingNextPage}
          onClick={() => {
            void runs.fetchNextPage()
          }}
        >
          Earlier runs
        </Button>
      )}
    </div>
  )
}

function RunFace({ record }: { record: RunRecord }) {
  const face = runStateFaces[record.state]
  return (
    <>
      <StatusDot tone={face.tone} alive={face.alive} />
      <span className={styles.words}>
        <span className={styles.state}>{face.label}</span>
        <span className={styles.when}>
          {ago(record.created)} {record.by !== '' && `· ${record.by}`}
        </span>
      </span>
      {record.started !== null && record.finished !== null && (
        <span className={styles.time}>{duration(record.finished - record.started)}</span>
      )}
    </>
  )
}

function Waiting() {
  return (
    <div className={styles.waiting}>
      <Skeleton height={34} radius={6} />
      <Skeleton height={34} radius={6} />
      <Skeleton height={34} radius={6} />
    </div>
  )
}
