/** The graph as a list, for screen readers and for finding one's way: in reading order, with what each node leads to. */
import { useMemo } from 'react'
import { useGraph, useIsSelected, useProblemOf, useRunNode } from '@/document/hooks'
import type { Edge } from '@/document/schema.gen'
import { titleOf } from '@/document/titles'
import { NodeIcon } from '@/nodes/NodeIcon'
import { nodeStateFaces } from '@/nodes/nodeState'
import { classNames } from '@/ui/classNames'
import { StatusDot } from '@/ui/StatusDot'
import styles from './Outline.module.css'
import { inReadingOrder } from './readingOrder'
import type { SceneNode } from './scene'
import { useScene } from './useScene'

export function Outline() {
  const scene = useScene()
  const entries = useMemo(() => inReadingOrder(scene), [scene])
  const leadsTo = useMemo(() => targetsBySource(scene.edges), [scene.edges])
  if (entries.length === 0) return <p className={styles.empty}>Nothing here yet. Nodes you add are listed in reading order.</p>
  return (
    <ul className={styles.list} aria-label="Nodes of this graph">
      {entries.map((entry) => (
        <OutlineItem
          key={entry.node.id}
          entry={entry}
          leadsTo={(leadsTo.get(entry.node.id) ?? []).flatMap((id) => nameOf(scene.nodes.get(id)))}
        />
      ))}
    </ul>
  )
}

function OutlineItem({ entry: { node, type, depth }, leadsTo }: { entry: SceneNode; leadsTo: readonly string[] }) {
  const { selection, camera } = useGraph()
  const selected = useIsSelected(node.id)
  const run = useRunNode(node.id)
  const problem = useProblemOf(node.id)
  const face = run && nodeStateFaces[run.status]
  const words = [face?.label, problem?.message, leadsTo.length > 0 ? `to ${leadsTo.join(', ')}` : undefined]
  return (
    <li>
      <button
        type="button"
        className={classNames(styles.item, selected && styles.selected)}
        style={{ paddingLeft: 10 + depth * 16 }}
        aria-pressed={selected}
        onClick={() => {
          selection.set([node.id])
          camera.reveal([node.id])
        }}
      >
        <NodeIcon name={type?.icon ?? 'circle-help'} size={15} />
        <span className={styles.words}>
          <span className={styles.name}>{titleOf(node, type)}</span>
          <span className={styles.more}>{words.filter((each) => each !== undefined).join(' · ')}</span>
        </span>
        {face && <StatusDot tone={face.tone} alive={face.alive} />}
      </button>
    </li>
  )
}

function targetsBySource(edges: readonly Edge[]): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const { source, target } of edges) found.set(source, [...(found.get(source) ?? []), target])
  return found
}

const nameOf = (entry: SceneNode | undefined) => (entry ? [titleOf(entry.node, entry.type)] : [])
