import { useMemo, useState } from 'react'

import type { Entry } from '@/api/shapes'
import { useEdges, useGraph, useNode, useRunNode } from '@/document/hooks'
import { classNames } from '@/ui/classNames'
import { clock } from '@/ui/formatTime'
import { ScrollArea } from '@/ui/ScrollArea'
import { SearchInput } from '@/ui/SearchInput'
import { TryAgain } from '@/ui/TryAgain'

import { ClearEntries } from './ClearEntries'
import styles from './LogBody.module.css'
import { RunError } from './RunError'
import { useEntries } from './useEntries'
import { useFieldKeys } from './useFieldKeys'
import { useStickToEnd } from './useStickToEnd'

const SHOWN = 200

/** Every value that reached this node, newest at the end; the filter looks at what is written. */
export function LogBody({ id }: { id: string }) {
  const graph = useGraph()
  const node = useNode(id)
  const name = node?.name || 'Log'
  const connected = useEdges().some((edge) => edge.target === id)
  const { entries, failed, retry } = useEntries(id)
  const run = useRunNode(id)
  const fieldKeys = useFieldKeys(id)
  const [filter, setFilter] = useState('')
  const kept = node?.params['filterIncludes']
  const shown = useMemo(() => matching(wanted(entries, kept), filter).slice(-SHOWN), [entries, kept, filter])
  const list = useStickToEnd<HTMLDivElement>(shown.length)
  return (
    <div className={styles.log}>
      {entries.length > 0 && (
        <div className={classNames(styles.top, 'nodrag')} onKeyDown={fieldKeys}>
          <SearchInput label={`Filter ${name}`} placeholder="Filter" value={filter} onChange={setFilter} />
          {graph.canEdit && <ClearEntries id={id} many={entries.length} noun="entries" />}
        </div>
      )}
      <ScrollArea label={`Entries of ${name}`} className={classNames(styles.entries, 'nowheel', 'nodrag')} ref={list}>
        {shown.length === 0 && (
          <p className={styles.hint}>
            {emptySentence(entries.length, failed, connected)} {failed && <TryAgain onClick={retry} />}
          </p>
        )}
        {shown.map((entry) => (
          <LogLine key={entry.id} entry={entry} />
        ))}
      </ScrollArea>
      {run?.error && <RunError error={run.error} />}
    </div>
  )
}

function LogLine({ entry }: { entry: Entry }) {
  const source = useNode(entry.sourceId ?? '')
  const from = source?.name || source?.type
  return (
    <details className={styles.line}>
      <summary className={styles.summary}>
        <time className={styles.time}>{clock(entry.ts)}</time>
        <span className={classNames(styles.kind, entry.kind === 'json' && styles.json)}>{entry.kind ?? 'text'}</span>
        <span className={styles.preview}>{entry.preview ?? entry.content}</span>
      </summary>
      <div className={styles.details}>
        {from !== undefined && <span className={styles.from}>from {from}</span>}
        <pre>{entry.raw === undefined ? (entry.preview ?? entry.content) : JSON.stringify(entry.raw, null, 2)}</pre>
      </div>
    </details>
  )
}

/** The node's own filter: an entry is shown when it contains one of the words; no words show everything. */
function wanted(entries: readonly Entry[], words: unknown): readonly Entry[] {
  if (!Array.isArray(words)) return entries
  const some = words.map((word) => String(word).toLowerCase()).filter((word) => word !== '')
  if (some.length === 0) return entries
  return entries.filter((entry) => some.some((word) => textOf(entry).includes(word)))
}

const textOf = (entry: Entry) => `${entry.kind ?? ''} ${entry.preview ?? entry.content ?? ''}`.toLowerCase()

function matching(entries: readonly Entry[], filter: string): readonly Entry[] {
  const text = filter.trim().toLowerCase()
  return text === '' ? entries : entries.filter((entry) => textOf(entry).includes(text))
}

function emptySentence(entries: number, failed: boolean, connected: boolean): string {
  if (failed) return 'Earlier entries could not be loaded.'
  if (entries > 0) return 'No entry matches the filter.'
  return connected
    ? 'Every value that arrives is kept here.'
    : 'Connect something to this log: every value that arrives is kept here.'
}
