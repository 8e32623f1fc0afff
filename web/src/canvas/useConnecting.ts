/** Drawing edges by hand: what may be joined, what is then written, and why something was refused. */
import type { Connection, FinalConnectionState } from '@xyflow/react'
import { useMemo } from 'react'
import { toast } from 'sonner'
import type { Ends } from '@/document/checks'
import { useGraph } from '@/document/hooks'
import type { Line } from './flowElements'

/** The handlers of a ReactFlow that connect. */
export function useConnecting() {
  const graph = useGraph()
  return useMemo(
    () => ({
      isValidConnection: (drawn: Connection | Line) => graph.mayConnect(endsOf(drawn)) === undefined,
      onConnect: (drawn: Connection) => void graph.document.connect(endsOf(drawn)),
      onReconnect: (line: Line, drawn: Connection) => graph.document.updateEdge(line.id, endsOf(drawn)),
      onConnectEnd: (_: unknown, end: FinalConnectionState) => sayWhyNot(graph, end),
    }),
    [graph],
  )
}

function endsOf({ source, target, sourceHandle, targetHandle }: Connection | Line): Ends {
  return { source, target, sourcePort: sourceHandle ?? 'output', targetPort: targetHandle ?? 'input' }
}

/** An edge that was dropped on a port that refuses it: say why, since the edge vanishes. */
function sayWhyNot(graph: ReturnType<typeof useGraph>, { isValid, fromHandle, toHandle }: FinalConnectionState) {
  if (isValid !== false || !fromHandle || !toHandle) return
  const [source, target] = fromHandle.type === 'source' ? [fromHandle, toHandle] : [toHandle, fromHandle]
  const why =
    fromHandle.type === toHandle.type
      ? 'An edge goes from an output (right) to an input (left).'
      : graph.mayConnect({
          source: source.nodeId,
          sourcePort: source.id ?? '',
          target: target.nodeId,
          targetPort: target.id ?? '',
        })?.message
  if (why !== undefined) toast.error('These can’t be connected', { description: why })
}
