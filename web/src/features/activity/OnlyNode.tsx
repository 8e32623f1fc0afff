import { SquareMousePointer, X } from 'lucide-react'

import { useGraph, useSelectedNode } from '@/document/hooks'
import { titleOf } from '@/document/titles'
import { Button } from '@/ui/Button'

import type { Filters } from './filters'
import styles from './ActivityPanel.module.css'

export interface OnlyNodeProps {
  node: Filters['node']
  onChange: (node: Filters['node']) => void
}

/** Narrows the list to the selected node. It stays with that node while others are selected, until it is let go. */
export function OnlyNode({ node, onChange }: OnlyNodeProps) {
  const { types } = useGraph()
  const selected = useSelectedNode()
  if (node !== null) {
    return (
      <Button size="small" aria-pressed className={styles.only} icon={<X size={13} aria-hidden />} onClick={() => onChange(null)}>
        <span>Only {node.name}</span>
      </Button>
    )
  }
  if (selected === undefined) return null
  const name = titleOf(selected, types.get(selected.type))
  return (
    <Button size="small" variant="ghost" aria-pressed={false} className={styles.only} icon={<SquareMousePointer size={13} aria-hidden />} onClick={() => onChange({ id: selected.id, name })}>
      <span>Only {name}</span>
    </Button>
  )
}
