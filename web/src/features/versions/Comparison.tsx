/** What leads from one state of a graph to another: as a picture, and line by line. */
import { Minus, Pencil, Plus } from 'lucide-react'
import { useMemo } from 'react'

import { differenceOf } from '@/document/difference'
import { useGraph } from '@/document/hooks'
import type { Graph } from '@/document/schema.gen'

import { type ChangeLine, changeLines, type Fate } from './changeWords'
import styles from './Comparison.module.css'
import { VersionPicture } from './VersionPicture'

export interface ComparisonProps {
  before: Graph
  after: Graph
  words: ComparisonWords
}

export interface ComparisonWords {
  picture: string
  changes: string
  /** What becomes, or became, of what a line names. */
  fates: Record<Fate, string>
  /** Said where both are alike. */
  same: string
}

const most = 100
const icons = { added: Plus, removed: Minus, changed: Pencil }

export function Comparison({ before, after, words }: ComparisonProps) {
  const { types } = useGraph()
  const difference = useMemo(() => differenceOf(before, after), [before, after])
  const lines = changeLines(difference, types, (id) => after.nodes[id] ?? before.nodes[id])
  return (
    <>
      <VersionPicture version={after} difference={difference} types={types} label={words.picture} />
      {lines.length === 0 && <p className={styles.same}>{words.same}</p>}
      {lines.length > 0 && (
        <div className={styles.changes} tabIndex={0} role="region" aria-label={words.changes}>
          <ul>
            {lines.slice(0, most).map((line) => (
              <Line key={line.id} line={line} fates={words.fates} />
            ))}
          </ul>
          {lines.length > most && <p className={styles.same}>and {lines.length - most} more</p>}
        </div>
      )}
    </>
  )
}

function Line({ line: { fate, name, fields }, fates }: { line: ChangeLine; fates: Record<Fate, string> }) {
  const Icon = icons[fate]
  return (
    <li className={styles.line}>
      <Icon size={14} aria-hidden className={styles[fate]} />
      <span>
        <strong>{name}</strong> <span className={styles.fate}>{fates[fate]}</span>
        {fields.map((field) => (
          <span key={field.name} className={styles.field}>
            {field.name}
            {field.values && (
              <>
                : <del>{field.values.before}</del> → <ins>{field.values.after}</ins>
              </>
            )}
          </span>
        ))}
      </span>
    </li>
  )
}
