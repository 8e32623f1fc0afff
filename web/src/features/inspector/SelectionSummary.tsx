import { Power, Trash2 } from 'lucide-react'

import { canLineUp, linings, lineUpSelected } from '@/commands/lineUpCommands'
import { useEdges, useGraph, useNodes, useSelection } from '@/document/hooks'
import { remove } from '@/document/groupPorts'
import { NodeIcon } from '@/nodes/NodeIcon'
import { Button } from '@/ui/Button'
import { categoryColour } from '@/ui/categoryColour'
import { IconButton } from '@/ui/IconButton'

import styles from './Inspector.module.css'
import { liningIcons } from './liningIcons'

/** Several things at once: what they are, and what can be done with all of them. */
export function SelectionSummary() {
  const graph = useGraph()
  const selection = useSelection()
  const nodes = useNodes().filter((node) => selection.has(node.id))
  const edges = useEdges().filter((edge) => selection.has(edge.id))
  const byType = new Map<string, number>()
  for (const node of nodes) byType.set(node.type, (byType.get(node.type) ?? 0) + 1)
  const allOff = nodes.length > 0 && nodes.every((node) => node.disabled)
  return (
    <div className={styles.scroll}>
      <header className={styles.head}>
        <h2 className={styles.heading}>{selection.size} selected</h2>
      </header>
      <div className={styles.section}>
        <ul className={styles.types}>
          {[...byType].map(([name, many]) => {
            const type = graph.types.get(name)
            return (
              <li key={name} className={styles.type}>
                <span style={{ display: 'grid', color: categoryColour(type?.category ?? 'Other') }}>
                  <NodeIcon name={type?.icon ?? 'circle-help'} size={15} />
                </span>
                {type?.title ?? name}
                <span className={styles.many}>{many}</span>
              </li>
            )
          })}
          {edges.length > 0 && (
            <li className={styles.type}>
              <span style={{ display: 'grid', color: 'var(--text-faint)' }}>
                <NodeIcon name="link" size={15} />
              </span>
              Connections
              <span className={styles.many}>{edges.length}</span>
            </li>
          )}
        </ul>
        {graph.canEdit && nodes.length > 1 && (
          <div role="group" aria-label="Line up" className={styles.linings}>
            {linings.map((lining) => (
              <IconButton
                key={lining.id}
                label={lining.title}
                keys={lining.keys}
                icon={liningIcons[lining.id]}
                size="small"
                disabled={!canLineUp(graph, lining)}
                onClick={() => void lineUpSelected(graph, lining)}
              />
            ))}
          </div>
        )}
        {graph.canEdit && (
          <div className={styles.actions}>
            {nodes.length > 0 && (
              <Button
                size="small"
                icon={<Power size={14} />}
                onClick={() => {
                  graph.document.gesture(() => {
                    for (const node of nodes) graph.document.updateNode(node.id, { disabled: !allOff })
                  })
                }}
              >
                {allOff ? 'Switch on' : 'Switch off'}
              </Button>
            )}
            <Button
              size="small"
              variant="danger"
              icon={<Trash2 size={14} />}
              onClick={() => {
                remove(graph.document, selection)
              }}
            >
              Delete
            </Button>
          </div>
        )}
      </div>
    </div>
  )
}
