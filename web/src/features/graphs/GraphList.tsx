/** The home page: every graph as a card, with search, sorting, import and the first steps. */
import { Eye, FileUp, Plus, SearchX, Share2, Sparkles, TriangleAlert, Workflow } from 'lucide-react'
import { useDeferredValue, useEffect, useRef, useState, type ReactNode } from 'react'
import { toast } from '@/ui/toast'
import { useLocation } from 'wouter'

import { sentenceOf } from '@/api/ApiError'
import { useCreateGraph, useGraphs, useNewestRuns } from '@/api/graphs'
import { useMay } from '@/api/queries'
import { metaDefaults } from '@/document/protocol.gen'
import type { Graph } from '@/document/schema.gen'
import { chatStarter } from '@/nodes/chatStarter'
import { Badge } from '@/ui/Badge'
import { Button } from '@/ui/Button'
import { EmptyState } from '@/ui/EmptyState'
import { Logo } from '@/ui/Logo'
import { SearchInput } from '@/ui/SearchInput'
import { Select } from '@/ui/Select'

import { count } from './count'
import { GraphCard, GraphCardSkeleton } from './GraphCard'
import styles from './GraphList.module.css'
import { ImportReportDialog } from './ImportReportDialog'
import { sortings, sortGraphs, type Sorting } from './sortGraphs'
import { useFileDrop } from './useFileDrop'
import { useGridKeys } from './useGridKeys'
import { useImport } from './useImport'

/** `corner` stands at the right of the top bar: the person, the theme. */
export function GraphList({ corner }: { corner?: ReactNode }) {
  const [query, setQuery] = useState('')
  const [sorting, setSorting] = useState<Sorting>('edited')
  const search = useDeferredValue(query.trim())
  const graphs = useGraphs(search)
  const importing = useImport()
  const mayEdit = useMay('editor')
  const isMember = useMay('viewer')
  const dropping = useFileDrop(mayEdit ? importing.take : ignore) && mayEdit
  const searchInput = useRef<HTMLInputElement>(null)
  const { grid, onGridKey, onSearchKey } = useGridKeys(searchInput)
  const create = useNewGraph()
  useSlashKey(searchInput)

  const { hasNextPage, isFetching, fetchNextPage } = graphs
  // The server sorts by the last edit; any other order is only true once every page is here.
  const wantsAll = sorting !== 'edited'
  useEffect(() => {
    if (wantsAll && hasNextPage && !isFetching) void fetchNextPage()
  }, [wantsAll, hasNextPage, isFetching, fetchNextPage])

  const items = sortGraphs(graphs.data?.pages.flatMap((page) => page.items) ?? [], sorting)
  const newestRuns = useNewestRuns(items.map(({ id }) => id))
  const nothingAtAll = graphs.isSuccess && items.length === 0 && search === ''

  return (
    <div className={styles.page}>
      <header className={styles.bar} data-bar="">
        <span className={styles.brand}>
          <Logo />
          Flowroom
        </span>
        {corner}
      </header>
      <main className={styles.main}>
        <div className={styles.head}>
          <div className={styles.name}>
            <h1 className={styles.title}>{isMember ? 'Graphs' : 'Shared with you'}</h1>
            {graphs.isError && items.length > 0 && (
              <span role="status" title={sentenceOf(graphs.error)}>
                <Badge tone="warn">Not up to date</Badge>
              </span>
            )}
          </div>
          <div className={styles.tools}>
            {!nothingAtAll && (
              <>
                <div className={styles.search}>
                  <SearchInput label="Search graphs" value={query} onChange={setQuery} onKeyDown={onSearchKey} inputRef={searchInput} />
                </div>
                <div className={styles.sort}>
                  <Select
                    aria-label="Sort graphs"
                    value={sorting}
                    options={sortings}
                    onChange={(value) => {
                      setSorting(value as Sorting)
                    }}
                  />
                </div>
              </>
            )}
            {mayEdit ? (
              <>
                <Button icon={<FileUp size={15} />} busy={importing.busy} onClick={importing.choose}>
                  Import
                </Button>
                <Button variant="primary" icon={<Plus size={15} />} busy={create.busy} onClick={create.run}>
                  New graph
                </Button>
              </>
            ) : (
              isMember && <LookOnly />
            )}
          </div>
        </div>

        {search !== '' && graphs.isSuccess && items.length > 0 && (
          <p role="status" className="visually-hidden">
            {count(items.length, 'graph')}
            {hasNextPage && ' or more'}
          </p>
        )}
        {graphs.isPending && (
          <ul className={styles.grid} aria-label="Loading graphs">
            {[0, 1, 2, 3, 4, 5].map((place) => (
              <GraphCardSkeleton key={place} />
            ))}
          </ul>
        )}
        {graphs.isError && items.length === 0 && (
          <EmptyState
            icon={<TriangleAlert size={20} />}
            title="The graphs could not be loaded"
            actions={<Button onClick={() => void graphs.refetch()}>Try again</Button>}
          >
            {sentenceOf(graphs.error)}
          </EmptyState>
        )}
        {items.length > 0 && (
          <ul ref={grid} className={styles.grid} aria-label="Graphs" onKeyDown={onGridKey}>
            {items.map((graph) => (
              <GraphCard key={graph.id} graph={graph} run={newestRuns?.get(graph.id)} />
            ))}
          </ul>
        )}
        {graphs.isSuccess && items.length === 0 && search !== '' && (
          <EmptyState
            icon={<SearchX size={20} />}
            title={`No graph matches “${search}”`}
            actions={
              <Button
                onClick={() => {
                  setQuery('')
                }}
              >
                Clear search
              </Button>
            }
          >
            The search looks at titles and descriptions. Fewer letters find more.
          </EmptyState>
        )}
        {nothingAtAll && mayEdit && <FirstSteps create={create} onImport={importing.choose} />}
        {nothingAtAll && !isMember && (
          <EmptyState icon={<Share2 size={20} />} title="Nothing is shared with you just now">
            You are a guest here: you see the graphs that somebody shares with you, by name or by a link, and no others.
            What was shared before may have been taken back. Ask whoever you work with for a link.
          </EmptyState>
        )}
        {nothingAtAll && isMember && !mayEdit && (
          <EmptyState icon={<Workflow size={20} />} title="No graphs yet">
            What others draw stands here, and you can watch it live.
          </EmptyState>
        )}
        {hasNextPage && !wantsAll && (
          <MoreOnSight onSight={() => void fetchNextPage()} busy={graphs.isFetchingNextPage} />
        )}
      </main>
      {dropping && (
        <div className={styles.drop}>
          <FileUp size={28} aria-hidden />
          <strong>Drop to import</strong>
          <span>A graph (.json) or a workspace (.zip)</span>
        </div>
      )}
      <ImportReportDialog report={importing.report} onClose={importing.closeReport} />
    </div>
  )
}

/** Says to whoever may not edit why nothing that edits is offered. */
function LookOnly() {
  const mayRun = useMay('runner')
  return (
    <span className={styles.lookOnly} title="An admin of this workspace can make you an editor.">
      <Eye size={14} aria-hidden />
      {mayRun ? 'You can look and run, not edit' : 'You can look, not edit'}
    </span>
  )
}

function FirstSteps({ create, onImport }: { create: NewGraph; onImport: () => void }) {
  return (
    <EmptyState
      icon={<Workflow size={20} />}
      title="Draw your first graph"
      actions={
        <>
          <Button variant="primary" icon={<Sparkles size={15} />} busy={create.busy} onClick={create.runWithChat}>
            Start with a chat
          </Button>
          <Button icon={<Plus size={15} />} onClick={create.run}>
            Empty graph
          </Button>
          <Button icon={<FileUp size={15} />} onClick={onImport}>
            Import a file
          </Button>
        </>
      }
    >
      A graph is a set of steps, joined by lines that values flow along: a Chat asks, a model answers, a Log keeps. Open
      one in two browsers and you edit it together; press Run and everyone watches it work. Files from elsewhere can be
      dropped anywhere on this page.
    </EmptyState>
  )
}

/** Asks for the next page when the end of the list comes near; also a button, for those who don't scroll. */
function MoreOnSight({ onSight, busy }: { onSight: () => void; busy: boolean }) {
  const end = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = end.current
    if (element === null || typeof IntersectionObserver === 'undefined') return
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting === true && !busy) onSight()
      },
      { rootMargin: '400px' },
    )
    observer.observe(element)
    return () => {
      observer.disconnect()
    }
  }, [onSight, busy])
  return (
    <div ref={end} className={styles.more}>
      <Button variant="ghost" busy={busy} onClick={onSight}>
        Show more
      </Button>
    </div>
  )
}

/** A file that is dropped must not replace the page, even where nothing can be done with it. */
const ignore = () => undefined

interface NewGraph {
  run: () => void
  runWithChat: () => void
  busy: boolean
}

function useNewGraph(): NewGraph {
  const create = useCreateGraph()
  const [, navigate] = useLocation()
  const start = (wanted: Parameters<typeof create.mutate>[0]) => {
    create.mutate(wanted, {
      onSuccess: (graph) => {
        navigate(`/graphs/${graph.id}`)
      },
      onError: (error) => toast.error('The graph was not created', { description: sentenceOf(error) }),
    })
  }
  return {
    run: () => {
      start({ title: 'Untitled' })
    },
    runWithChat: () => {
      start({ title: 'Chat with a model', graph: chatGraph() })
    },
    busy: create.isPending,
  }
}

function chatGraph(): Graph {
  const { nodes, edges } = chatStarter()
  const byId = <Row extends { id: string }>(rows: readonly Row[]) => Object.fromEntries(rows.map((row) => [row.id, row]))
  const meta = { ...metaDefaults, title: 'Chat with a model' } as Graph['meta']
  return { meta, nodes: byId(nodes), edges: byId(edges), breakpoints: {}, templates: {} }
}

/** "/" goes to the search, unless someone is typing. */
function useSlashKey(input: { current: HTMLInputElement | null }): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.matches('input, textarea, [contenteditable]')
      if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return
      event.preventDefault()
      input.current?.focus()
    }
    window.addEventListener('keydown', onKeyDown)
    return () => {
      window.removeEventListener('keydown', onKeyDown)
    }
  }, [input])
}
