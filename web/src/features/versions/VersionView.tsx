/** One version: its picture, what going back to it would do, and the ways to do that. */
import { Download, History, Minus, Pencil, Plus, Trash2, TriangleAlert } from 'lucide-react'
import { useMemo, useState } from 'react'

import { sentenceOf } from '@/api/ApiError'
import { useDeleteVersion, useKeepVersion, useVersionState, type Version, versionUrl } from '@/api/versions'
import { showInEditor } from '@/commands/editorView'
import { become, labelBefore } from '@/document/become'
import { type Difference, differenceOf, isNothing } from '@/document/difference'
import { useEdges, useGraph, useMeta, useNodes } from '@/document/hooks'
import type { Graph } from '@/document/schema.gen'
import { Button } from '@/ui/Button'
import { ConfirmDialog } from '@/ui/ConfirmDialog'
import { EmptyState } from '@/ui/EmptyState'
import { IconButton } from '@/ui/IconButton'
import { Skeleton } from '@/ui/Skeleton'
import { toast } from '@/ui/toast'
import { TryAgain } from '@/ui/TryAgain'

import { type ChangeLine, changeLines, type Fate } from './changeWords'
import { readVersion, withRows } from './readVersion'
import { VersionPicture } from './VersionPicture'
import styles from './VersionView.module.css'

export function VersionView({ version }: { version: Version }) {
  const { id, types } = useGraph()
  const state = useVersionState(id, version.id)
  const graph = useMemo(() => state.data && readVersion(state.data), [state.data])
  const now = useGraphNow()
  const difference = useMemo(() => graph && differenceOf(now, graph), [now, graph])
  if (state.isError) {
    return (
      <EmptyState icon={<TriangleAlert size={18} />} title="This version could not be loaded" actions={<TryAgain onClick={() => void state.refetch()} />}>
        {sentenceOf(state.error)}
      </EmptyState>
    )
  }
  if (state.isPending) return <Waiting />
  if (graph === undefined || difference === undefined) {
    return (
      <EmptyState icon={<TriangleAlert size={18} />} title="This version can’t be shown">
        Its contents can’t be read here. It is still there, as a file.
      </EmptyState>
    )
  }
  return (
    <section className={styles.view} aria-label={version.label}>
      <VersionPicture version={graph} difference={difference} types={types} label={`Picture of ${version.label}`} />
      <Changes graph={graph} difference={difference} />
      <Ways version={version} graph={graph} isSame={isNothing(difference)} />
    </section>
  )
}

/** The graph as it is, and as it becomes while one looks. */
function useGraphNow(): Graph {
  const { document } = useGraph()
  const nodes = useNodes()
  const edges = useEdges()
  const meta = useMeta()
  return useMemo(() => {
    const breakpoints = document.breakpoints.toJSON() as Graph['breakpoints']
    const templates = document.templates.toJSON() as Graph['templates']
    return withRows({ meta, breakpoints, templates }, { nodes, edges })
  }, [document, nodes, edges, meta])
}

const most = 100
const icons = { added: Plus, removed: Minus, changed: Pencil }
const outcomes: Record<Fate, string> = { added: 'comes back', removed: 'goes', changed: 'changes' }

function Changes({ graph, difference }: { graph: Graph; difference: Difference }) {
  const { types, store } = useGraph()
  const lines = changeLines(difference, types, (id) => graph.nodes[id] ?? store.node(id))
  if (lines.length === 0) return <p className={styles.same}>The graph is as it was then.</p>
  return (
    <div className={styles.changes} tabIndex={0} role="region" aria-label="What going back would do">
      <ul>
        {lines.slice(0, most).map((line) => (
          <Line key={line.id} line={line} />
        ))}
      </ul>
      {lines.length > most && <p className={styles.same}>and {lines.length - most} more</p>}
    </div>
  )
}

function Line({ line: { fate, name, fields } }: { line: ChangeLine }) {
  const Icon = icons[fate]
  return (
    <li className={styles.line}>
      <Icon size={14} aria-hidden className={styles[fate]} />
      <span>
        <strong>{name}</strong> <span className={styles.outcome}>{outcomes[fate]}</span>
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

function Ways({ version, graph, isSame }: { version: Version; graph: Graph; isSame: boolean }) {
  const { id, canEdit } = useGraph()
  const [asking, setAsking] = useState(false)
  const restore = useRestore(version, graph)
  const remove = useDeleteVersion(id)
  const onError = (error: Error) => toast.error('The version is still there', { description: sentenceOf(error) })
  return (
    <div className={styles.ways}>
      {canEdit && <IconButton label="Delete this version" icon={<Trash2 size={15} />} onClick={() => setAsking(true)} />}
      <IconButton label="Save as a file" icon={<Download size={15} />} onClick={() => window.location.assign(versionUrl(id, version.id))} />
      {canEdit && (
        <Button variant="primary" icon={<History size={15} />} busy={restore.isPending} disabled={isSame} onClick={restore.run}>
          Go back to this
        </Button>
      )}
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={`Delete ${version.label}?`}
        loses="This state of the graph is lost for everyone, unless the graph is like that now or someone saved it as a file."
        action="Delete version"
        busy={remove.isPending}
        onConfirm={() => remove.mutate(version.id, { onError, onSettled: () => setAsking(false) })}
      />
    </div>
  )
}

/** What the graph is now is kept first; then it becomes the version by one edit, which Undo takes back. */
function useRestore(version: Version, graph: Graph) {
  const { id, document } = useGraph()
  const keep = useKeepVersion(id)
  const onSuccess = () => {
    become(document, graph)
    showInEditor({ dialog: null })
    toast.success(`The graph is as in ${version.label}`, { description: 'Undo takes that back. What it was before is kept as a version.' })
  }
  const onError = (error: Error) => toast.error('The graph was left as it is', { description: sentenceOf(error) })
  return { isPending: keep.isPending, run: () => keep.mutate(labelBefore(version.label), { onSuccess, onError }) }
}

function Waiting() {
  return (
    <div className={styles.view} aria-busy>
      <Skeleton height={300} />
      <Skeleton height={16} width="60%" />
    </div>
  )
}
