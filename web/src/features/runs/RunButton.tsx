import { Play, Square } from 'lucide-react'
import { toast } from '@/ui/toast'

import { sentenceOf } from '@/api/ApiError'
import { useCancelRun, useStartRun } from '@/api/queries'
import { useGraph, useNodes, useShownRun } from '@/document/hooks'
import { isFinished } from '@/document/runDocument'
import { Button } from '@/ui/Button'
import { Tooltip } from '@/ui/Tooltip'

/** Starts a run of the whole graph; while one goes, cancels it for everyone. */
export function RunButton() {
  const graph = useGraph()
  const run = useShownRun()
  const isEmpty = useNodes().length === 0
  const start = useStartRun(graph.id)
  const cancel = useCancelRun(graph.id)
  if (!graph.canRun) return null
  if (run !== undefined && !isFinished(run)) {
    return (
      <Tooltip key="cancel" label="Cancel this run for everyone">
        <Button
          icon={<Square size={13} fill="currentColor" />}
          busy={cancel.isPending}
          onClick={() => {
            cancel.mutate(run.id, {
              onError: (error) => toast.error('The run was not cancelled', { description: sentenceOf(error) }),
            })
          }}
        >
          {'Cancel '}
          <span>run</span>
        </Button>
      </Tooltip>
    )
  }
  return (
    <Tooltip key="run" label={isEmpty ? 'Nothing to run yet: add a node' : 'Run this graph'} keys={isEmpty ? undefined : 'Mod+Enter'}>
      <Button
        variant="primary"
        icon={<Play size={13} fill="currentColor" />}
        busy={start.isPending}
        // Not disabled: a disabled button tells nobody why.
        aria-disabled={isEmpty || undefined}
        onClick={() => {
          if (isEmpty) return
          start.mutate(
            {},
            {
              onSuccess: ({ id }) => {
                graph.run.show(id)
              },
              onError: (error) => toast.error('The run did not start', { description: sentenceOf(error) }),
            },
          )
        }}
      >
        Run
      </Button>
    </Tooltip>
  )
}
