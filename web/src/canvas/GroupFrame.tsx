/** A container as a frame around what it holds, with its own name, ports and state. */
import type { NodeProps } from '@xyflow/react'
import { type CSSProperties, memo } from 'react'
import { useNode, useRunNode } from '@/document/hooks'
import { nodeStateFaces } from '@/nodes/nodeState'
import { classNames } from '@/ui/classNames'
import { useDropper } from './dropTargets'
import { type Card, looksAlike } from './flowElements'
import styles from './GroupFrame.module.css'
import { CardHeader, PortHandles, PortLabels } from './NodeCard'
import { portRows } from './geometry'
import { PeerTag } from './PeerTag'
import { usePeerSelecting } from './usePeersAt'

export const GroupFrame = memo(function GroupFrame({ id, data: { ports }, selected }: NodeProps<Card>) {
  const node = useNode(id)
  const run = useRunNode(id)
  const peer = usePeerSelecting(id)
  const dropper = useDropper(id)
  if (node === undefined) return null
  const colour = dropper === undefined || dropper === 'self' ? peer?.user.colour : dropper
  const style = colour === undefined ? undefined : ({ '--peer': colour } as CSSProperties)
  return (
    <div
      className={classNames(styles.frame, selected && styles.selected, peer && styles.taken, dropper && styles.target)}
      data-dropper={dropper}
      data-frame
      data-tone={run && nodeStateFaces[run.status].tone}
      data-testid={`node-${id}`}
      style={style}
    >
      {peer && <PeerTag user={peer.user} />}
      <CardHeader node={node} />
      {portRows(ports) > 0 && <PortLabels ports={ports} />}
      <PortHandles ports={ports} />
    </div>
  )
}, looksAlike)
