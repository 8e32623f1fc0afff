/** The right column: what is selected, and everything about it that can be set. */
import { Eye } from 'lucide-react'
import { type KeyboardEvent, Suspense } from 'react'

import { useEdge, useGraph, useNode, useSelection } from '@/document/hooks'

import { EdgeInspector } from './EdgeInspector'
import { GraphSettings } from './GraphSettings'
import styles from './Inspector.module.css'
import { SelectionSummary } from './SelectionSummary'
import { later } from '@/ui/later'

export const importNodeInspector = () => import('./NodeInspector')
const NodeInspector = later(() => importNodeInspector().then((module) => ({ default: module.NodeInspector })))

export function Inspector() {
  const { canEdit, camera } = useGraph()
  const selection = useSelection()
  const [first = ''] = selection
  const node = useNode(first)
  const edge = useEdge(first)
  const goBack = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.defaultPrevented || selection.size !== 1) return
    event.preventDefault()
    camera.focus(first)
  }
  return (
    <section
      className={styles.inspector}
      aria-label="Inspector"
      data-inspector
      data-inspected={selection.size === 1 ? first : undefined}
      onKeyDown={goBack}
    >
      {!canEdit && (
        <p className={styles.lookOnly}>
          <Eye size={14} aria-hidden />
          You can look, not edit
        </p>
      )}
      {selection.size > 1 ? (
        <SelectionSummary />
      ) : node !== undefined ? (
        <Suspense fallback={null}>
          <NodeInspector key={node.id} node={node} />
        </Suspense>
      ) : edge !== undefined ? (
        <EdgeInspector key={edge.id} edge={edge} />
      ) : (
        <GraphSettings />
      )}
    </section>
  )
}
