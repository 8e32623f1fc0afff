/** An edge: a calm curve that flows while its source runs and fades when nothing came through it. */
import { BaseEdge, type ConnectionLineComponentProps, EdgeLabelRenderer, type EdgeProps, useStore } from '@xyflow/react'
import { memo, type MouseEvent } from 'react'
import { showInEditor } from '@/commands/editorView'
import { useEdge, useGraph, useProblemOf, useRunNode, useShownRun } from '@/document/hooks'
import { isFinished } from '@/document/runDocument'
import { classNames } from '@/ui/classNames'
import { useDropper } from './dropTargets'
import styles from './EdgeLine.module.css'
import type { Card, Line } from './flowElements'
import { type Curve, edgeMiddle, middleScale, roomForLabel } from './geometry'
import { svgPath } from './portPlace'

/** From here on a pointer is at the line, in canvas units. */
const nearLine = 7

/** In so little room a label gives up the air at its sides, in canvas units. */
const tightBelow = 64

const neverRan = new Set(['skipped', 'upstream_failed', 'cancelled'])

export const EdgeLine = memo(function EdgeLine(props: EdgeProps<Line>) {
  const { id, source, target, sourceX, sourceY, targetX, targetY, selected, data } = props
  const curve = { x1: sourceX, y1: sourceY, x2: targetX, y2: targetY, below: data?.below ?? Math.max(sourceY, targetY) + 80 }
  const [middleX, middleY] = edgeMiddle(curve)
  const { canEdit } = useGraph()
  const edge = useEdge(id)
  const from = useRunNode(source)
  const to = useRunNode(target)
  const run = useShownRun()
  const problem = useProblemOf(id)
  const flows = from?.status === 'running' && !isFinished(run)
  const passed = from?.status === 'succeeded' && to !== undefined && !neverRan.has(to.status)
  const dead = isFinished(run) && !passed
  const takes = useDropper(id) !== undefined
  const room = roomForLabel(curve)
  const label = edge && labelOf(edge.varName, edge.condition, edge.label)
  return (
    <>
      <BaseEdge
        path={svgPath(curve)}
        interactionWidth={20}
        className={classNames(
          styles.line,
          edge?.kind === 'data' && styles.data,
          passed && styles.passed,
          dead && styles.dead,
          flows && styles.flows,
          problem?.severity === 'error' && styles.wrong,
          selected && styles.selected,
          takes && styles.takes,
        )}
        data-takes={takes || undefined}
      />
      {canEdit && <PutBetween id={id} curve={curve} shown={selected === true} />}
      {(problem ?? label) && <title>{problem?.message ?? label}</title>}
      {label && (
        <EdgeLabelRenderer>
          <div
            className={classNames(styles.label, selected && styles.labelSelected, room < tightBelow && styles.tight, edge.condition !== null && styles.condition)}
            style={{ transform: `translate(-50%, -50%) translate(${String(middleX)}px, ${String(middleY)}px)`, maxWidth: room }}
          >
            {label}
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  )
})

/**
 * For the hand; keys and the edge's menu do the same. Beside the line, where one clicks to select the edge; its ground reaches
 * to it, so that one gets from there to here.
 */
function PutBetween({ id, curve, shown }: { id: string; curve: Curve; shown: boolean }) {
  const [x, y] = edgeMiddle(curve)
  const scale = useStore((flow) => middleScale(curve, flow.transform[2]))
  const away = 20 * scale
  const onClick = (event: MouseEvent) => {
    event.stopPropagation()
    showInEditor({ openEnd: { edge: id } })
  }
  return (
    <g className={classNames(styles.between, shown && styles.shown)} transform={`translate(${String(x)} ${String(y + away)}) scale(${String(scale)})`} onClick={onClick} data-between aria-hidden>
      <title>Put a node here</title>
      <circle r={(away - nearLine) / scale} className={styles.ground} />
      <circle r={9} />
      <path d="M-4 0H4M0-4V4" />
    </g>
  )
}

/** The edge that is being drawn: says why it can't end where the pointer is. */
export function ConnectionLine(props: ConnectionLineComponentProps<Card>) {
  const { fromX, fromY, toX, toY, fromHandle, toHandle, fromNode, toNode, connectionStatus } = props
  const graph = useGraph()
  const forward = fromHandle.type === 'source'
  const refused =
    connectionStatus === 'invalid' && toHandle !== null && toNode !== null
      ? graph.mayConnect({
          source: forward ? fromNode.id : toNode.id,
          sourcePort: (forward ? fromHandle.id : toHandle.id) ?? '',
          target: forward ? toNode.id : fromNode.id,
          targetPort: (forward ? toHandle.id : fromHandle.id) ?? '',
        })
      : undefined
  const below = Math.max(fromY, toY) + 80
  const path = svgPath(
    forward
      ? { x1: fromX, y1: fromY, x2: toX, y2: toY, below }
      : { x1: toX, y1: toY, x2: fromX, y2: fromY, below },
  )
  return (
    <>
      <path d={path} className={classNames(styles.line, styles.drawn, connectionStatus === 'invalid' && styles.wrong)} />
      {refused && (
        <foreignObject x={toX + 14} y={toY + 10} width={260} height={120} className={styles.reasonPlace}>
          <div className={styles.reason} role="alert">
            {refused.message}
          </div>
        </foreignObject>
      )}
    </>
  )
}

function labelOf(varName: string | null, condition: string | null, label: string | null): string {
  return label || (condition !== null && condition !== '' ? `if ${condition}` : (varName ?? ''))
}
