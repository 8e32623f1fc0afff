/** One node as people see it: what it is, where edges attach, how it stands in the run, and its body by type. */
import { Handle, type NodeProps, Position, useConnection } from '@xyflow/react'
import { TriangleAlert } from 'lucide-react'
import { type CSSProperties, memo, type PointerEvent } from 'react'
import { useEditorView } from '@/commands/editorView'
import { useGraph, useNode, useNodeType, useProblemOf, useRunNode } from '@/document/hooks'
import type { Node, Port } from '@/document/schema.gen'
import { titleOf } from '@/document/titles'
import { nodeBodies } from '@/nodes/nodeBodies'
import { NodeIcon } from '@/nodes/NodeIcon'
import { nodeStateFaces } from '@/nodes/nodeState'
import { PlainBody } from '@/nodes/PlainBody'
import { categoryColour } from '@/ui/categoryColour'
import { classNames } from '@/ui/classNames'
import { type Card, looksAlike } from './flowElements'
import { cardWidth, type CardPorts, ownHeight, portRows, portY } from './geometry'
import styles from './NodeCard.module.css'
import { LaterNameField } from './laterParts'
import { PeerTag } from './PeerTag'
import { StateMark } from './StateMark'
import { usePeerSelecting } from './usePeersAt'

export const NodeCard = memo(function NodeCard({ id, data: { ports }, selected }: NodeProps<Card>) {
  const node = useNode(id)
  const type = useNodeType(node?.type ?? '')
  const run = useRunNode(id)
  const peer = usePeerSelecting(id)
  if (node === undefined) return null
  const Body = nodeBodies[type?.body ?? 'plain'] ?? PlainBody
  const tone = run === undefined ? undefined : nodeStateFaces[run.status].tone
  const style: CSSProperties = {
    width: cardWidth(node, type),
    height: ownHeight(node, type, ports),
    ...(peer && { '--peer': peer.user.colour }),
  }
  return (
    <div
      className={classNames(
        styles.card,
        selected && styles.selected,
        peer && styles.taken,
        node.disabled && styles.disabled,
        type === undefined && styles.unknown,
      )}
      data-tone={tone}
      data-status={run?.status}
      data-testid={`node-${id}`}
      style={style}
    >
      {peer && <PeerTag user={peer.user} />}
      <CardHeader node={node} />
      {portRows(ports) > 0 && <PortLabels ports={ports} />}
      <div className={styles.body}>
        <Body id={id} />
      </div>
      <PortHandles ports={ports} />
    </div>
  )
}, looksAlike)

export function CardHeader({ node }: { node: Node }) {
  const run = useRunNode(node.id)
  const problem = useProblemOf(node.id)
  return (
    <header className={styles.header}>
      <CardTitle node={node} />
      {run !== undefined && <StateMark run={run} />}
      {problem !== undefined && run === undefined && (
        <span className={styles.problem} data-severity={problem.severity} title={problem.message} role="img" aria-label={problem.message}>
          <TriangleAlert size={14} aria-hidden />
        </span>
      )}
    </header>
  )
}

/** What a node is and how it is called. */
export function CardTitle({ node }: { node: Node }) {
  const type = useNodeType(node.type)
  const { canEdit } = useGraph()
  const renaming = useEditorView((view) => view.renaming === node.id) && canEdit
  const kind = type?.title ?? node.type
  const title = titleOf(node, type)
  const tile = { '--tile': categoryColour(type?.category ?? 'Other') } as CSSProperties
  return (
    <>
      <span className={styles.tile} style={tile}>
        <NodeIcon name={type?.icon ?? 'circle-help'} size={15} />
      </span>
      <span className={styles.names}>
        {renaming ? (
          <LaterNameField node={node} />
        ) : (
          <span className={styles.title} data-title onPointerEnter={tellWhole}>
            {title}
          </span>
        )}
        {title !== kind && <span className={styles.kind}>{kind}</span>}
      </span>
    </>
  )
}

/** Whoever points at a title that is cut reads the whole of it. */
function tellWhole({ currentTarget: title }: PointerEvent<HTMLElement>): void {
  title.title = title.scrollWidth > title.clientWidth ? title.innerText : ''
}

export function PortLabels({ ports: { inputs, outputs } }: { ports: CardPorts }) {
  const label = (port: Port) => (
    <span key={port.name} className={styles.portLabel} title={`${port.label || port.name}: ${port.type}`}>
      {port.label || port.name}
      {port.required && <span className={styles.required} role="img" aria-label="needed" />}
    </span>
  )
  return (
    <div className={styles.ports}>
      <div className={styles.inputs}>{inputs.map(label)}</div>
      <div className={styles.outputs}>{outputs.map(label)}</div>
    </div>
  )
}

export function PortHandles({ ports }: { ports: CardPorts }) {
  const lone = portRows(ports) === 0
  const connecting = useConnection((connection) => connection.inProgress && connection.fromHandle.type)
  const handle = (port: Port, at: number, side: 'source' | 'target') => (
    <Handle
      key={`${side}:${port.name}`}
      id={port.name}
      type={side}
      position={side === 'source' ? Position.Right : Position.Left}
      className={classNames(styles.handle, connecting !== false && connecting !== side && styles.offered)}
      style={{ top: portY(ports, at) }}
      // All that is seen of it when the pointer is there is in its name.
      aria-label={`${side === 'source' ? 'Output' : 'Input'} ${port.label || port.name}${port.type === 'any' ? '' : ` ${port.type}`}`}
      role="button"
      data-port={port.name}
      data-side={side}
    >
      <span className={classNames(styles.portName, lone && styles.lone)} aria-hidden>
        {port.label || port.name}{' '}
        {port.type !== 'any' && <span className={styles.portType}>{port.type}</span>}
      </span>
    </Handle>
  )
  return (
    <>
      {ports.inputs.map((port, at) => handle(port, at, 'target'))}
      {ports.outputs.map((port, at) => handle(port, at, 'source'))}
    </>
  )
}
