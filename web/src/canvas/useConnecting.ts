/** Drawing edges by hand: what may be joined, what is then written, and why something was refused. */
import { type Connection, type FinalConnectionState, useConnection, useReactFlow, useStore, useStoreApi } from '@xyflow/react'
import { useMemo, useRef } from 'react'
import { toast } from '@/ui/toast'
import { showInEditor } from '@/commands/editorView'
import type { Ends } from '@/document/checks'
import { useGraph } from '@/document/hooks'
import type { Card, Line } from './flowElements'
import { endsOf as endsAt, joinablePort, type OpenEnd } from './nextSteps'
import { useEscape } from './useEscape'
import { type Pointed, whereIs } from './whereIs'

/** The handlers of a ReactFlow that connect. */
export function useConnecting() {
  const graph = useGraph()
  const { screenToFlowPosition } = useReactFlow<Card, Line>()
  /** Set while the end of an edge that stands already is dragged: that one is let go, not asked about. */
  const reconnects = useRef(false)
  const flow = useStoreApi()
  const isDrawn = useConnection((connection) => connection.inProgress)
  const isBegun = useStore((state) => state.connectionClickStartHandle !== null)
  const isGivenUp = useRef(false)
  useEscape(isDrawn, () => {
    isGivenUp.current = true
    // xyflow ends what it draws, wherever that happens to be, when the button is let go, and only then.
    document.dispatchEvent(new MouseEvent('mouseup'))
    isGivenUp.current = false
    swallowClick()
  })
  useEscape(isBegun, () => flow.setState({ connectionClickStartHandle: null }))
  return useMemo(
    () => ({
      isValidConnection: (drawn: Connection | Line) => graph.mayConnect(endsOf(drawn)) === undefined,
      onConnect: (drawn: Connection) => {
        if (!isGivenUp.current) graph.document.connect(endsOf(drawn))
      },
      onReconnect: (line: Line, drawn: Connection) => {
        if (!isGivenUp.current) graph.document.updateEdge(line.id, endsOf(drawn))
      },
      onReconnectStart: () => {
        reconnects.current = true
      },
      onReconnectEnd: () => {
        reconnects.current = false
      },
      onConnectEnd: (event: MouseEvent | TouchEvent, end: FinalConnectionState) => {
        if (isGivenUp.current) return
        sayWhyNot(graph, end)
        const [from, at] = [openEnd(end), whereIs(event)]
        if (from === undefined || reconnects.current || at === undefined) return
        const { x, y } = screenToFlowPosition({ x: at.clientX, y: at.clientY }, { snapToGrid: false })
        const over = cardUnder(at)
        if (over === undefined) showInEditor({ openEnd: { ...from, at: [x, y] } })
        else if (over !== from.node) joinCard(graph, from, over)
      },
    }),
    [graph, screenToFlowPosition],
  )
}

/** Letting the button go is no click on what is there. */
function swallowClick(): void {
  const over = new AbortController()
  const options = { capture: true, signal: over.signal }
  window.addEventListener('click', (event) => event.stopPropagation(), options)
  // The click, if there is one, comes right after.
  for (const end of ['pointerup', 'pointercancel']) window.addEventListener(end, () => setTimeout(() => over.abort()), options)
}

function endsOf({ source, target, sourceHandle, targetHandle }: Connection | Line): Ends {
  return { source, target, sourcePort: sourceHandle ?? 'output', targetPort: targetHandle ?? 'input' }
}

/** The port that an edge came from which was dropped on no other. */
function openEnd({ fromHandle, toHandle }: FinalConnectionState): OpenEnd | undefined {
  if (!fromHandle || toHandle) return undefined
  return { node: fromHandle.nodeId, port: fromHandle.id ?? '', side: fromHandle.type }
}

/** The card that something was dropped on; a container is open ground. */
function cardUnder({ clientX, clientY }: Pointed): string | undefined {
  const card = document.elementFromPoint(clientX, clientY)?.closest('.react-flow__node-card')
  return card?.getAttribute('data-id') ?? undefined
}

/** Dropped on a card instead of on its port: the first port that may be joined is meant. */
function joinCard(graph: ReturnType<typeof useGraph>, from: OpenEnd, id: string): void {
  const node = graph.store.node(id)
  const port = node && joinablePort(graph, from, node)
  if (port) graph.document.connect(endsAt(from, id, port.name))
  else toast.error('These can’t be connected', { description: 'No port of this node takes it.' })
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
