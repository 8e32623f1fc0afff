import { Copy, Download, Ellipsis, FileArchive, LockKeyhole, Pencil, Trash2 } from 'lucide-react'
import { useRef, useState, type KeyboardEvent } from 'react'
import { toast } from '@/ui/toast'
import { Link } from 'wouter'

import { sentenceOf } from '@/api/ApiError'
import { exportUrl } from '@/api/client'
import { useDeleteGraph, useDuplicateGraph, useRenameGraph } from '@/api/graphs'
import { useMay } from '@/api/queries'
import { roleWords } from '@/api/roleWords'
import type { GraphSummary, RunRecord } from '@/api/shapes'
import { mayAs } from '@/document/roles'
import { runStateFaces } from '@/nodes/nodeState'
import { Badge } from '@/ui/Badge'
import { ConfirmDialog } from '@/ui/ConfirmDialog'
import { ago } from '@/ui/formatTime'
import { IconButton } from '@/ui/IconButton'
import { Menu, type MenuItem, type MenuItems } from '@/ui/Menu'
import { Skeleton } from '@/ui/Skeleton'
import { StatusDot } from '@/ui/StatusDot'

import styles from './GraphCard.module.css'
import { GraphPreview } from './GraphPreview'
import { count } from './count'

/** One graph: its drawing, its title and what can be done with it. F2 renames, Delete asks whether to delete. */
export function GraphCard({ graph, run }: { graph: GraphSummary; run?: RunRecord | undefined }) {
  const [renaming, setRenaming] = useState(false)
  const [deleting, setDeleting] = useState(false)
  const link = useRef<HTMLAnchorElement>(null)
  const duplicate = useDuplicateGraph()
  const { mayMake, mayEdit, mayDelete } = useRights(graph)

  const rename: MenuItem = {
    id: 'rename',
    label: 'Rename',
    icon: <Pencil size={15} />,
    keys: 'F2',
    takesFocus: true,
    run: () => setRenaming(true),
  }
  const copy: MenuItem = {
    id: 'duplicate',
    label: 'Duplicate',
    icon: <Copy size={15} />,
    run: () => {
      duplicate.mutate(graph.id, {
        onSuccess: (made) => toast.success(`“${made.title}” was created`),
        onError: (error) => toast.error('The graph was not duplicated', { description: sentenceOf(error) }),
      })
    },
  }
  const exports: MenuItems[number] = [
    {
      id: 'export',
      label: 'Export as JSON',
      icon: <Download size={15} />,
      run: () => download(exportUrl(graph.id, 'flowroom')),
    },
    {
      id: 'phase1',
      label: 'Export as Phase 1 workspace',
      icon: <FileArchive size={15} />,
      run: () => download(exportUrl(graph.id, 'phase1')),
    },
  ]
  const removal: MenuItem = { id: 'delete', label: 'Delete…', icon: <Trash2 size={15} />, danger: true, run: () => setDeleting(true) }
  const groups: MenuItems = [[...(mayEdit ? [rename] : []), ...(mayMake ? [copy] : [])], exports, mayDelete ? [removal] : []]
  const items = groups.filter((group) => group.length > 0)

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'F2' && mayEdit) setRenaming(true)
    else if (event.key === 'Delete' && mayDelete) setDeleting(true)
    else return
    event.preventDefault()
  }

  return (
    <li className={styles.card}>
      <GraphPreview preview={graph.preview} />
      {graph.role !== undefined && !mayEdit && (
        <span className={styles.role}>
          <Badge>{roleWords[graph.role].label}</Badge>
        </span>
      )}
      {run !== undefined && <LastRun run={run} />}
      <div className={styles.foot}>
        <div className={styles.words}>
          {renaming ? (
            <TitleInput
              graph={graph}
              onDone={() => {
                setRenaming(false)
                requestAnimationFrame(() => link.current?.focus())
              }}
            />
          ) : (
            <Link ref={link} href={`/graphs/${graph.id}`} className={styles.link} title={graph.title} onKeyDown={onKeyDown}>
              {graph.title || 'Untitled'}
            </Link>
          )}
          <p className={styles.facts}>
            {graph.visibility === 'private' && (
              <span className={styles.lock} title="Only some people have this graph">
                <LockKeyhole size={12} aria-label="Private" />
              </span>
            )}
            {count(graph.nodes, 'node')} · edited {ago(graph.updatedAt)}
          </p>
        </div>
        <div className={styles.menu}>
          <Menu
            trigger={<IconButton label={`Actions for ${graph.title}`} icon={<Ellipsis size={16} />} size="small" />}
            items={items}
          />
        </div>
      </div>
      <DeleteDialog graph={graph} open={deleting} onOpenChange={setDeleting} />
    </li>
  )
}

/** How its newest run ended, or what it does just now. */
function LastRun({ run }: { run: RunRecord }) {
  const { label, tone, alive } = runStateFaces[run.state]
  return (
    <span className={styles.run} title={`The newest run, begun ${ago(run.created)}`}>
      <StatusDot tone={tone} alive={alive} />
      {label}
    </span>
  )
}

/** What one may do with a graph: roles differ from graph to graph; to make one takes a role in the workspace. */
function useRights({ role }: GraphSummary) {
  const mayMake = useMay('editor')
  const mayEdit = role === undefined ? mayMake : mayAs(role, 'editor')
  return { mayMake, mayEdit, mayDelete: role === 'admin' || (mayEdit && mayMake) }
}

function TitleInput({ graph, onDone }: { graph: GraphSummary; onDone: () => void }) {
  const rename = useRenameGraph()
  const finished = useRef(false)
  const finish = (title: string | null) => {
    if (finished.current) return
    finished.current = true
    const clean = title?.trim() ?? ''
    if (clean !== '' && clean !== graph.title) {
      rename.mutate(
        { id: graph.id, title: clean },
        { onError: (error) => toast.error('The graph was not renamed', { description: sentenceOf(error) }) },
      )
    }
    onDone()
  }
  return (
    <input
      className={styles.input}
      aria-label="Title"
      defaultValue={graph.title}
      autoFocus
      onFocus={(event) => event.target.select()}
      onBlur={(event) => finish(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') finish(event.currentTarget.value)
        if (event.key === 'Escape') finish(null)
      }}
    />
  )
}

function DeleteDialog({
  graph,
  open,
  onOpenChange,
}: {
  graph: GraphSummary
  open: boolean
  onOpenChange: (open: boolean) => void
}) {
  const remove = useDeleteGraph()
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Delete “${graph.title}”?`}
      loses={
        <>
          Its {count(graph.nodes, 'node')}, {count(graph.edges, 'connection')}, all its runs and comments are lost for everyone,
          and whoever has it open is sent out. Export it first if you may want it back.
        </>
      }
      action="Delete graph"
      busy={remove.isPending}
      onConfirm={() => {
        onOpenChange(false)
        remove.mutate(graph.id, {
          onSuccess: () => toast.success(`“${graph.title}” was deleted`),
          onError: (error) => toast.error('The graph was not deleted', { description: sentenceOf(error) }),
        })
      }}
    />
  )
}

/** The shape of a card while its graph is on the way. */
export function GraphCardSkeleton() {
  return (
    <li className={styles.card} aria-hidden>
      <div className={styles.waiting} />
      <div className={styles.foot}>
        <div className={styles.words}>
          <Skeleton width="62%" height={15} />
          <Skeleton width="44%" height={12} />
        </div>
      </div>
    </li>
  )
}

function download(url: string): void {
  const link = document.createElement('a')
  link.href = url
  link.download = ''
  link.click()
}
