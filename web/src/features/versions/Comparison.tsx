/** What leads from one state of a graph to another: as a picture, and line by line. */
import { Minus, Pencil, Plus } from 'lucide-react'
import { useMemo } from 'react'

import { type Box, boundsOf } from '@/canvas/geometry'
import type { Scene } from '@/canvas/scene'
import { differenceOf } from '@/document/difference'
import { useGraph } from '@/document/hooks'
import type { Graph } from '@/document/schema.gen'

import { type ChangeLine, changeLines, type Fate } from './changeWords'
import styles from './Comparison.module.css'
import { useLook } from './useLook'
import { sceneOf, VersionPicture, wholeOf } from './VersionPicture'

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
  const scene = useMemo(() => sceneOf(after, difference, types), [after, difference, types])
  const look = useLook(useMemo(() => wholeOf(scene), [scene]))
  const lines = useMemo(
    () => changeLines(difference, types, (id) => after.nodes[id] ?? before.nodes[id]),
    [difference, types, after, before],
  )
  const lead = (id: string) => {
    const box = boxOf(id, scene)
    if (box !== undefined) look.lead(box)
  }
  return (
    <>
      <VersionPicture scene={scene} difference={difference} look={look} label={words.picture} />
      {lines.length === 0 && <p className={styles.same}>{words.same}</p>}
      {lines.length > 0 && (
        <div className={styles.changes} role="region" aria-label={words.changes}>
          <ul>
            {lines.slice(0, most).map((line) => (
              <li key={line.id}>
                <Line line={line} fates={words.fates} onGo={lead} />
              </li>
            ))}
          </ul>
          {lines.length > most && <p className={styles.same}>and {lines.length - most} more</p>}
        </div>
      )}
    </>
  )
}

/** Where the picture has a node, or an edge with both its ends. */
function boxOf(id: string, { nodes, edges }: Scene): Box | undefined {
  const edge = edges.find((each) => each.id === id)
  const ends = edge === undefined ? [id] : [edge.source, edge.target]
  return boundsOf(ends.flatMap((end) => nodes.get(end)?.box ?? []))
}

interface LineProps {
  line: ChangeLine
  fates: Record<Fate, string>
  /** Shows what the line is about in the picture. */
  onGo: (id: string) => void
}

function Line({ line: { id, fate, name, fields }, fates, onGo }: LineProps) {
  const Icon = icons[fate]
  const words = (
    <>
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
    </>
  )
  if (id === '') return <div className={styles.line}>{words}</div>
  return (
    <button type="button" className={styles.line} onClick={() => onGo(id)}>
      {words}
    </button>
  )
}
