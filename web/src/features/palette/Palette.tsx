/** Every type of node, by category: drag one onto the canvas, or press Enter on it. For those who may edit. */
import { SearchX } from 'lucide-react'
import { useMemo, useState, type KeyboardEvent } from 'react'

import { useGraph } from '@/document/hooks'
import type { NodeType } from '@/document/schema.gen'
import { NodeIcon } from '@/nodes/NodeIcon'
import { categoryColour } from '@/ui/categoryColour'
import { EmptyState } from '@/ui/EmptyState'
import { SearchInput } from '@/ui/SearchInput'

import styles from './Palette.module.css'
import { findTypes } from '@/nodes/findTypes'

/** The kind of data that a dragged type travels as. */
export const nodeTypeData = 'application/x-flowroom-node-type'

/** What one may look for, for whoever found nothing; only what finds something is said. */
const ideas = ['model', 'file', 'web', 'chat', 'log']

export function Palette({ onAdd }: { onAdd: (type: string) => void }) {
  const { types } = useGraph()
  const [query, setQuery] = useState('')
  const categories = useMemo(() => findTypes([...types.values()], query), [types, query])
  const first = categories[0]?.types[0]

  return (
    <section className={styles.palette} aria-label="Node types">
      <div className={styles.search}>
        <SearchInput
          label="Search node types"
          placeholder="Add a node"
          value={query}
          onChange={setQuery}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && first !== undefined) onAdd(first.type)
            if (event.key === 'ArrowDown') focusNext(event, 1)
          }}
        />
      </div>
      <div className={styles.list}>
        {categories.map(({ category, types: members }) => (
          <div key={category} role="group" aria-label={category} className={styles.category}>
            <h2 className={styles.heading}>{category}</h2>
            {members.map((type) => (
              <PaletteItem key={type.type} type={type} onAdd={onAdd} />
            ))}
          </div>
        ))}
        {first === undefined && (
          <EmptyState compact icon={<SearchX size={16} />} title="No such type">
            Try what it should do: {ideas.filter((word) => findTypes([...types.values()], word).length > 0).slice(0, 3).map((word) => `“${word}”`).join(', ')}.
          </EmptyState>
        )}
      </div>
      <p className={styles.hint}>Drag onto the canvas, or press Enter</p>
    </section>
  )
}

function PaletteItem({ type, onAdd }: { type: NodeType; onAdd: (type: string) => void }) {
  return (
    <button
      type="button"
      data-palette-item
      draggable
      className={styles.item}
      aria-description="Press Enter to add it"
      title={type.description}
      onDragStart={(event) => {
        event.dataTransfer.setData(nodeTypeData, type.type)
        event.dataTransfer.effectAllowed = 'copy'
      }}
      onDoubleClick={() => {
        onAdd(type.type)
      }}
      onClick={(event) => {
        // A click without a pointer comes from assistive technology.
        if (event.detail === 0) onAdd(type.type)
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter' || event.key === ' ') {
          event.preventDefault()
          onAdd(type.type)
        }
        if (event.key === 'ArrowDown') focusNext(event, 1)
        if (event.key === 'ArrowUp') focusNext(event, -1)
      }}
    >
      <span className={styles.icon} style={{ color: categoryColour(type.category) }}>
        <NodeIcon name={type.icon} size={16} />
      </span>
      <span className={styles.words}>
        <span className={styles.title}>{type.title}</span>
        <span className={styles.description}>{type.description}</span>
      </span>
    </button>
  )
}

/** The arrow keys walk through the items; above the first is the search. */
function focusNext(event: KeyboardEvent<HTMLElement>, by: 1 | -1): void {
  const palette = event.currentTarget.closest('section[aria-label="Node types"]')
  const stops = [...(palette?.querySelectorAll<HTMLElement>('input, [data-palette-item]') ?? [])]
  stops[stops.indexOf(event.currentTarget) + by]?.focus()
  event.preventDefault()
}
