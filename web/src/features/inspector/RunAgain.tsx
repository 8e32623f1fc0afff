import { Play } from 'lucide-react'

import { sentenceOf } from '@/api/ApiError'
import { useStartRun } from '@/api/queries'
import { useGraph } from '@/document/hooks'
import { Button } from '@/ui/Button'
import { toast } from '@/ui/toast'

/** Where it says why a node failed: run it once more, with what it needs and, where events flow, with what follows. */
export function RunAgain({ id }: { id: string }) {
  const graph = useGraph()
  const start = useStartRun(graph.id)
  const run = () =>
    start.mutate(
      { start: id },
      {
        onSuccess: (made) => graph.run.show(made.id),
        onError: (error) => toast.error('The run did not start', { description: sentenceOf(error) }),
      },
    )
  return (
    <Button size="small" icon={<Play size={13} />} busy={start.isPending} onClick={run}>
      Run this node again
    </Button>
  )
}
