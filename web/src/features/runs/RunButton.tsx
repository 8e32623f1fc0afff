import { Play, Square } from 'lucide-react'
import { toast } from '@/ui/toast'

import { sentenceOf } from '@/api/ApiError'
import { useCancelRun, useStartRun } from '@/api/queries'
import { ledToStart } from '@/commands/begin'
import { useGraph, useNodes, useShownRun } from '@/document/hooks'
import { isFinished } from '@/document/runDocument'
import { Button, type ButtonProps } from '@/ui/Button'
import { Tooltip, type TooltipProps } from '@/ui/Tooltip'

interface Face {
  tip: Omit<TooltipProps, 'children'>
  button: ButtonProps
}

/**
 * Starts a run of the whole graph; while one goes, cancels it for everyone. It is one button with two faces: whoever
 * pressed it by keyboard is still at it when it has turned.
 */
export function RunButton() {
  const graph = useGraph()
  const run = useShownRun()
  const running = run !== undefined && !isFinished(run) ? run.id : undefined
  const [starting, cancelling] = [useStarting(), useCancelling(running)]
  if (!graph.canRun) return null
  const { tip, button } = running === undefined ? starting : cancelling
  return (
    <Tooltip {...tip}>
      <Button {...button} />
    </Tooltip>
  )
}

function useStarting(): Face {
  const graph = useGraph()
  const isEmpty = useNodes().length === 0
  const start = useStartRun(graph.id)
  const run = async () => {
    if (isEmpty || (await ledToStart(graph))) return
    start.mutate(
      {},
      {
        onSuccess: ({ id }) => {
          graph.run.show(id)
        },
        onError: (error) => toast.error('The run did not start', { description: sentenceOf(error) }),
      },
    )
  }
  return {
    tip: isEmpty ? { label: 'Nothing to run yet: add a node' } : { label: 'Run this graph', keys: 'Mod+Enter' },
    button: {
      variant: 'primary',
      icon: <Play size={13} fill="currentColor" />,
      busy: start.isPending,
      // Not disabled: a disabled button tells nobody why.
      'aria-disabled': isEmpty || undefined,
      onClick: () => void run(),
      children: 'Run',
    },
  }
}

function useCancelling(run = ''): Face {
  const graph = useGraph()
  const cancel = useCancelRun(graph.id)
  const onClick = () =>
    cancel.mutate(run, {
      onError: (error) => toast.error('The run was not cancelled', { description: sentenceOf(error) }),
    })
  return {
    tip: { label: 'Cancel this run for everyone' },
    button: {
      icon: <Square size={13} fill="currentColor" />,
      busy: cancel.isPending,
      onClick,
      children: (
        <span>
          Cancel <span>run</span>
        </span>
      ),
    },
  }
}
