/** Who did what when in this graph, in the right column: the newest first, by day; a row leads to its node. */
import { Download, Filter, History, TriangleAlert } from 'lucide-react'
import { useState } from 'react'

import { activityFileUrl, type ActivityRow as Row, useActivity, useActivityPeople, type WantedActivity } from '@/api/activity'
import { sentenceOf } from '@/api/ApiError'
import { showInEditor } from '@/commands/editorView'
import { useGraph, useNodes } from '@/document/hooks'
import type { OpenGraph } from '@/document/openGraph'
import { Button } from '@/ui/Button'
import { EmptyState } from '@/ui/EmptyState'
import { IconButton } from '@/ui/IconButton'
import { Menu } from '@/ui/Menu'
import { Select } from '@/ui/Select'
import { Skeleton } from '@/ui/Skeleton'

import styles from './ActivityPanel.module.css'
import { ActivityRow } from './ActivityRow'
import { type Filters, kindOptions, noFilters, peopleIn, wantedBy } from './filters'
import { OnlyNode } from './OnlyNode'
import { byDay } from './rowWords'

export function ActivityPanel() {
  const { id } = useGraph()
  const [filters, setFilters] = useState(noFilters)
  const wanted = wantedBy(filters)
  const shown = useActivity(id, wanted).data?.pages.flatMap(({ items }) => items) ?? []
  // Whoever did something long ago, and whoever comes while one looks.
  const people = peopleIn([...shown.map(({ by }) => by), ...(useActivityPeople(id).data ?? [])])
  const narrow = (change: Partial<Filters>) => setFilters({ ...filters, ...change })
  return (
    <section className={styles.panel} aria-label="Activity">
      <div className={styles.tools}>
        <div className={styles.choices}>
          <Select aria-label="Whose activity" size="small" value={filters.person} options={people} onChange={(person) => narrow({ person })} />
          <Select aria-label="Which activity" size="small" value={filters.kind} options={kindOptions} onChange={(kind) => narrow({ kind })} />
          <Export wanted={wanted} />
        </div>
        <OnlyNode node={filters.node} onChange={(node) => narrow({ node })} />
      </div>
      <Rows wanted={wanted} onAll={() => setFilters(noFilters)} />
    </section>
  )
}

function Export({ wanted }: { wanted: WantedActivity }) {
  const { id } = useGraph()
  const item = (format: 'csv' | 'jsonl', label: string) => ({ id: format, label, run: () => save(activityFileUrl(id, wanted, format)) })
  return (
    <Menu
      trigger={<IconButton size="small" label="Export this list" icon={<Download size={15} />} />}
      items={[[item('csv', 'As CSV'), item('jsonl', 'As JSON Lines')]]}
    />
  )
}

function Rows({ wanted, onAll }: { wanted: WantedActivity; onAll: () => void }) {
  const graph = useGraph()
  useNodes() // A row leads somewhere as long as its node is there.
  const pages = useActivity(graph.id, wanted)
  if (pages.isPending) return <Waiting />
  if (pages.isError) {
    return (
      <EmptyState compact icon={<TriangleAlert size={16} />} title="What was done could not be loaded" actions={<Button size="small" onClick={() => void pages.refetch()}>Try again</Button>}>
        {sentenceOf(pages.error)}
      </EmptyState>
    )
  }
  const rows = pages.data.pages.flatMap(({ items }) => items)
  if (rows.length === 0) return <Nothing filtered={Object.keys(wanted).length > 0} onAll={onAll} />
  return (
    <div className={styles.list}>
      {byDay(rows).map((day) => (
        <section key={day.name} aria-label={day.name}>
          <h2 className={styles.day}>{day.name}</h2>
          <ul>
            {day.rows.map((row) => (
              <li key={row.id}>
                <ActivityRow row={row} onGo={wayTo(graph, row)} />
              </li>
            ))}
          </ul>
        </section>
      ))}
      {pages.hasNextPage && (
        <div className={styles.more}>
          <Button size="small" variant="ghost" busy={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            Show earlier
          </Button>
        </div>
      )}
    </div>
  )
}

/** How to get to what a row is about: its nodes, or its run; undefined when there is nothing left of it. */
function wayTo(graph: OpenGraph, { nodes, facts }: Row): (() => void) | undefined {
  const there = nodes.map(({ id }) => id).filter((id) => graph.store.node(id) !== undefined)
  const { run } = facts
  if (there.length > 0) {
    return () => {
      graph.selection.set(there)
      graph.camera.reveal(there)
    }
  }
  if (typeof run !== 'string') return undefined
  return () => {
    graph.run.show(run)
    showInEditor({ runPanel: true })
  }
}

/** Teaches what will stand here, or that a filter hides it. */
function Nothing({ filtered, onAll }: { filtered: boolean; onAll: () => void }) {
  if (filtered) {
    return (
      <EmptyState compact icon={<Filter size={15} />} title="Nothing matches" actions={<Button size="small" onClick={onAll}>Show everything</Button>}>
        Nobody did such a thing in this graph, or it is older than what is kept.
      </EmptyState>
    )
  }
  return (
    <EmptyState compact icon={<History size={16} />} title="Nothing was done yet">
      Add a node, connect two, change a setting, press Run: who did what, and from what to what it changed, stands here a
      moment later, for everyone who sees this graph.
    </EmptyState>
  )
}

function Waiting() {
  return (
    <div className={styles.waiting} aria-busy>
      <Skeleton height={40} />
      <Skeleton height={40} />
      <Skeleton height={40} />
    </div>
  )
}

function save(url: string): void {
  const link = document.createElement('a')
  link.href = url
  link.download = ''
  link.click()
}
