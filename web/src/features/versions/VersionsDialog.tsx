/** The versions of a graph: keep one, compare it, go back to it, save it as a file. */
import { type FormEvent, useEffect, useState } from 'react'
import { Bookmark, TriangleAlert } from 'lucide-react'

import { sentenceOf } from '@/api/ApiError'
import { useKeepVersion, useVersions, type Version } from '@/api/versions'
import { showInEditor, useEditorView } from '@/commands/editorView'
import { useGraph } from '@/document/hooks'
import { Ago } from '@/ui/Ago'
import { classNames } from '@/ui/classNames'
import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'
import { EmptyState } from '@/ui/EmptyState'
import { Skeleton } from '@/ui/Skeleton'
import { TextInput } from '@/ui/TextInput'
import { TryAgain } from '@/ui/TryAgain'
import { useKeptText } from '@/ui/useKeptText'

import { VersionView } from './VersionView'
import styles from './VersionsDialog.module.css'

export function VersionsDialog() {
  const open = useEditorView((view) => view.dialog === 'versions')
  useEffect(() => close, [])
  return (
    <Dialog open={open} onOpenChange={(next) => showInEditor({ dialog: next ? 'versions' : null })} title="Versions" width={1000}>
      <Versions />
    </Dialog>
  )
}

/** Whoever leaves the graph with it open is not shown it in the next one. */
function close(): void {
  if (useEditorView.getState().dialog === 'versions') showInEditor({ dialog: null })
}

function Versions() {
  const { id: graph, canEdit } = useGraph()
  const pages = useVersions(graph)
  const [chosen, setChosen] = useState<string>()
  const [beside, setBeside] = useState('')
  const versions = pages.data?.pages.flatMap(({ items }) => items) ?? []
  const shown = versions.find((version) => version.id === chosen) ?? versions[0]
  const isEmpty = pages.isSuccess && shown === undefined
  const others = versions.filter((version) => version !== shown)
  return (
    <div className={classNames(styles.columns, isEmpty && styles.none)}>
      <div className={styles.list}>
        {canEdit && <Keep onKept={setChosen} />}
        {pages.isPending && <Waiting />}
        {pages.isError && (
          <EmptyState compact icon={<TriangleAlert size={16} />} title="The versions could not be loaded" actions={<TryAgain onClick={() => void pages.refetch()} />}>
            {sentenceOf(pages.error)}
          </EmptyState>
        )}
        {versions.length > 0 && (
          <ul aria-label="Versions, the newest first" className={styles.versions}>
            {versions.map((version) => (
              <li key={version.id}>
                <Row version={version} isShown={version === shown} onShow={() => setChosen(version.id)} />
              </li>
            ))}
          </ul>
        )}
        {pages.hasNextPage && (
          <Button size="small" variant="ghost" busy={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            Show earlier
          </Button>
        )}
      </div>
      {shown !== undefined && (
        <VersionView key={shown.id} version={shown} beside={others.find(({ id }) => id === beside)} others={others} onBeside={setBeside} />
      )}
      {isEmpty && <None />}
    </div>
  )
}

function Keep({ onKept }: { onKept: (id: string) => void }) {
  const { id, me } = useGraph()
  const keep = useKeepVersion(id)
  const [label, setLabel] = useKeptText(`${me.id}:version:${id}`)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const onSuccess = (kept: Version) => {
      setLabel('')
      onKept(kept.id)
    }
    if (label.trim() !== '') keep.mutate(label.trim(), { onSuccess })
  }
  return (
    <form className={styles.keep} onSubmit={submit}>
      <TextInput
        data-autofocus
        aria-label="Name of this moment"
        placeholder="Name this moment"
        maxLength={200}
        value={label}
        onChange={(event) => setLabel(event.target.value)}
      />
      <Button type="submit" icon={<Bookmark size={14} />} busy={keep.isPending} disabled={label.trim() === ''}>
        Keep
      </Button>
      <span role="status" className="visually-hidden">
        {keep.isSuccess && `Kept as “${keep.data.label}”.`}
      </span>
      {keep.isError && (
        <p role="alert" className={styles.problem}>
          {sentenceOf(keep.error)}
        </p>
      )}
    </form>
  )
}

const reasons: Record<string, string> = { copy: 'somebody’s own copy', restore: 'before a restore' }

function Row({ version, isShown, onShow }: { version: Version; isShown: boolean; onShow: () => void }) {
  const reason = reasons[version.reason]
  return (
    <button type="button" className={styles.row} aria-pressed={isShown} data-focus-home={isShown || undefined} onClick={onShow}>
      <span className={styles.label}>{version.label}</span>
      <span className={styles.facts}>
        {version.author} · <Ago at={version.at} />
        {reason !== undefined && ` · ${reason}`}
      </span>
    </button>
  )
}

function Waiting() {
  return (
    <div className={styles.waiting} aria-busy>
      <Skeleton height={44} />
      <Skeleton height={44} />
    </div>
  )
}

/** Teaches what will stand here. */
function None() {
  const { canEdit } = useGraph()
  return (
    <EmptyState icon={<Bookmark size={18} />} title="No versions yet">
      {canEdit ? 'Name this moment and keep it before a large change: ' : 'Whoever may edit keeps one before a large change: '}
      you can compare with it, and go back to it. What a graph was before it was restored, and what a browser had of it, are kept
      here by themselves.
    </EmptyState>
  )
}
