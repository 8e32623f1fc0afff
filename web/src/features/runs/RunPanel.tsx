/** The bottom panel: the runs of this graph, and everything that happened in the one that is shown. */
import { useQueryClient } from '@tanstack/react-query'
import { Play } from 'lucide-react'
import { useEffect } from 'react'

import { keys } from '@/api/keys'
import { useGraph, useShownRun } from '@/document/hooks'
import { EmptyState } from '@/ui/EmptyState'

import { RunDetails } from './RunDetails'
import { RunList } from './RunList'
import styles from './RunPanel.module.css'

export function RunPanel() {
  const graph = useGraph()
  const run = useShownRun()
  const cache = useQueryClient()
  const [id, status] = [run?.id, run?.status]
  useEffect(() => {
    // Whoever starts or ends a run, the list of everyone who looks is right.
    void cache.invalidateQueries({ queryKey: keys.runs(graph.id) })
  }, [cache, graph.id, id, status])
  return (
    <section className={styles.panel} aria-label="Runs">
      <div className={styles.parts}>
        <RunList />
        {run === undefined ? (
          <div className={styles.nothing}>
            <EmptyState compact icon={<Play size={15} />} title="No run is shown">
              Press Run, or write into a Chat node. Every step is recorded here: when it began, what it gave, why it
              failed.
            </EmptyState>
          </div>
        ) : (
          <RunDetails key={run.id} run={run} />
        )}
      </div>
    </section>
  )
}
