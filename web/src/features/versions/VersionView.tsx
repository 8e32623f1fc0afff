/** One version: what going back to it would do, or what it differs in from another, and the ways to go back. */
import { Download, History, Trash2, TriangleAlert } from 'lucide-react'
import { useId, useMemo, useState } from 'react'

import { sentenceOf } from '@/api/ApiError'
import { useDeleteVersion, useKeeping, useVersionState, type Version, versionUrl } from '@/api/versions'
import { showInEditor } from '@/commands/editorView'
import { goBack, labelBefore } from '@/document/become'
import { differenceOf, isNothing } from '@/document/difference'
import { useEdges, useGraph, useMeta, useNodes } from '@/document/hooks'
import type { Graph } from '@/document/schema.gen'
import { Button } from '@/ui/Button'
import { ConfirmDialog } from '@/ui/ConfirmDialog'
import { EmptyState } from '@/ui/EmptyState'
import { IconButton } from '@/ui/IconButton'
import { Select } from '@/ui/Select'
import { Skeleton } from '@/ui/Skeleton'
import { toast } from '@/ui/toast'
import { TryAgain } from '@/ui/TryAgain'

import { Comparison, type ComparisonWords } from './Comparison'
import { readVersion, withRows } from './readVersion'
import styles from './VersionView.module.css'

export interface VersionViewProps {
  version: Version
  /** Another version to compare it with, in place of what the graph is now. */
  beside: Version | undefined
  /** All that it can be compared with. */
  others: readonly Version[]
  /** The id of another version, or '' for what the graph is now. */
  onBeside: (id: string) => void
}

export function VersionView({ version, beside, others, onBeside }: VersionViewProps) {
  const now = useGraphNow()
  const shown = useGraphOf(version)
  const other = useGraphOf(beside)
  if (shown.graph === undefined) return <NotYet state={shown} />
  return (
    <section className={styles.view} aria-label={version.label}>
      {others.length > 0 && <Beside beside={beside} others={others} onBeside={onBeside} />}
      {beside === undefined && <Comparison before={now} after={shown.graph} words={wordsOfGoingBack(version)} />}
      {beside !== undefined && other.graph === undefined && <NotYet state={other} />}
      {beside !== undefined && other.graph !== undefined && <Between one={[beside, other.graph]} other={[version, shown.graph]} />}
      <Ways version={version} graph={shown.graph} isSame={isNothing(differenceOf(now, shown.graph))} />
    </section>
  )
}

function Beside({ beside, others, onBeside }: Pick<VersionViewProps, 'beside' | 'others' | 'onBeside'>) {
  const options = [{ value: '', label: 'What the graph is now' }, ...others.map(({ id, label }) => ({ value: id, label }))]
  const label = useId()
  return (
    <div className={styles.beside}>
      <span id={label}>Compare with</span>
      <Select size="small" aria-labelledby={label} value={beside?.id ?? ''} options={options} onChange={onBeside} />
    </div>
  )
}

/** Two versions, from the earlier one to the later one. */
function Between({ one, other }: { one: [Version, Graph]; other: [Version, Graph] }) {
  const [[earlier, before], [later, after]] = one[0].at <= other[0].at ? [one, other] : [other, one]
  return <Comparison before={before} after={after} words={wordsOfChanges(earlier, later)} />
}

const wordsOfGoingBack = ({ label }: Version): ComparisonWords => ({
  picture: `Picture of ${label}`,
  changes: 'What going back would do',
  fates: { added: 'comes back', removed: 'goes', changed: 'changes' },
  same: 'The graph is as it was then.',
})

const wordsOfChanges = (earlier: Version, later: Version): ComparisonWords => ({
  picture: `Picture of ${later.label} beside ${earlier.label}`,
  changes: `What changed from ${earlier.label} to ${later.label}`,
  fates: { added: 'was added', removed: 'was removed', changed: 'was changed' },
  same: 'Both are the same.',
})

/** What a version holds; `graph` is undefined until it is there, and if it can't be read. */
function useGraphOf(version: Version | undefined) {
  const { id } = useGraph()
  const { data, error, isError, isPending, refetch } = useVersionState(id, version?.id)
  const graph = useMemo(() => data && readVersion(data), [data])
  return { graph, error, isError, isPending, refetch }
}

function NotYet({ state: { error, isError, isPending, refetch } }: { state: ReturnType<typeof useGraphOf> }) {
  if (isError) {
    return (
      <EmptyState icon={<TriangleAlert size={18} />} title="This version could not be loaded" actions={<TryAgain onClick={() => void refetch()} />}>
        {sentenceOf(error)}
      </EmptyState>
    )
  }
  if (isPending) return <Waiting />
  return (
    <EmptyState icon={<TriangleAlert size={18} />} title="This version can’t be shown">
      Its contents can’t be read here. It is still there, as a file.
    </EmptyState>
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
        title={`Delete “${version.label}”?`}
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
  const { id, document, presence } = useGraph()
  const going = useKeeping(id, (_, keep) => goBack(document, graph, () => keep(labelBefore(version.label))))
  const onSuccess = (kept: Version) => {
    presence.set({ wentBack: kept.id })
    showInEditor({ dialog: null })
    toast.success(`The graph is as in “${version.label}”`, { description: 'Undo takes that back. What it was before is kept as a version.' })
  }
  const onError = (error: Error) => toast.error('The graph was left as it is', { description: sentenceOf(error) })
  return { isPending: going.isPending, run: () => going.mutate(undefined, { onSuccess, onError }) }
}

function Waiting() {
  return (
    <div className={styles.view} aria-busy>
      <Skeleton height={300} />
      <Skeleton height={16} width="60%" />
    </div>
  )
}
