/** One graph: top bar, node types or outline at the left, canvas with runs below it, tabs such as the inspector at the right. */
import { X } from 'lucide-react'
import { memo, type ReactNode, Suspense, useEffect, useMemo, useState } from 'react'
import { useShallow } from 'zustand/react/shallow'
import { toast } from '@/ui/toast'
import { Link, useLocation, useSearch } from 'wouter'
import { sentenceOf } from '@/api/ApiError'
import { useNodeTypes } from '@/api/queries'
import type { Me } from '@/api/shapes'
import { Canvas } from '@/canvas/Canvas'
import { createNodeInView } from '@/canvas/createNode'
import type { Desk } from '@/commands/command'
import { type EditorView, showInEditor, useEditorView } from '@/commands/editorView'
import { menuItems } from '@/commands/menuItems'
import { roomForLeftPanel } from '@/commands/firstPanels'
import { useShortcuts } from '@/commands/useShortcuts'
import { GraphContext, useConnection, useGraph, useIsLost, useSeenGraph, useSelection, useSpace, useUndoState } from '@/document/hooks'
import type { OpenGraph } from '@/document/openGraph'
import { Palette } from '@/features/palette/Palette'
import { Boundary } from '@/ui/Boundary'
import { IconButton } from '@/ui/IconButton'
import { ContextMenu } from '@/ui/Menu'
import { StillToCome } from '@/ui/StillToCome'
import { SplitPane } from '@/ui/SplitPane'
import { Tabs } from '@/ui/Tabs'
import { useMedia } from '@/ui/useMedia'
import styles from './EditorPage.module.css'
import { Announcer, Dialogs, Discussion, fetchLaterParts, LostGraph, Outline, RunPanel, SpaceNotice } from './laterParts'
import { Notice } from './Notice'
import { rightTabs } from './rightTabs'
import { SkipToCanvas } from './SkipToCanvas'
import { setTheme } from './theme'
import { TopBar } from './TopBar'
import { useOpenGraph } from './useOpenGraph'
import { useReturn } from './useReturn'
import { useStanding } from './useStanding'
import { useTitle } from './useTitle'

export function EditorPage({ id, me }: { id: string; me: Me }) {
  const types = useNodeTypes()
  const graph = useOpenGraph(id, me, types.data)
  if (types.isError) return <Notice title="The node types could not be loaded">{sentenceOf(types.error)}</Notice>
  if (graph === undefined) return <Notice title="Opening the graph" busy />
  return <Seen graph={graph} />
}

/** Everything below draws anew when one's role changes, and goes on where it was. */
function Seen({ graph }: { graph: OpenGraph }) {
  return (
    <GraphContext value={useSeenGraph(graph)}>
      <Opened />
    </GraphContext>
  )
}

/** Waits for something to show: the server's state, or the copy this browser kept. */
function Opened() {
  const { connection } = useGraph()
  const state = useConnection()
  const isLost = useIsLost()
  useStanding()
  useReturn()
  useTitle()
  if (isLost) return <Later part={<LostGraph />} />
  if (state.kind === 'refused' && !connection.loaded) {
    return (
      <Notice title="This graph can’t be opened" action={<Link href="/">All graphs</Link>}>
        {state.sentence}
      </Notice>
    )
  }
  if (!connection.loaded) return <Notice title="Opening the graph" busy />
  return <Editor />
}

/** What is around it hears of every edit that is sent and stored. */
const Editor = memo(function Editor() {
  const desk = useDesk()
  useShortcuts(desk)
  const { leftPanel, rightPanel, runPanel, dialog } = useEditorView(useShallow(panelsOf))
  const dialogs = useDialogs(dialog !== null)
  const isSmall = useSmallScreen()
  // On a phone the list of runs stands over the events, which need some height of their own.
  const isUpright = useMedia('(min-height: 700px)') && isSmall
  const [chosen, setChosen] = useState<{ left?: number; right?: number; bottom?: number }>({})
  const widths = { left: 248, right: 320, bottom: isUpright ? 400 : 260, ...chosen }
  const resize = (panel: keyof typeof widths) => (size: number) => setChosen((before) => ({ ...before, [panel]: size }))

  let middle = <CanvasWithMenu desk={desk} />
  if (runPanel) {
    middle = (
      <SplitPane side="bottom" label="Height of the runs" size={widths.bottom} onResize={resize('bottom')} min={140} max={560} panel={<LaterPanel part={<RunPanel />} />}>
        {middle}
      </SplitPane>
    )
  }
  if (rightPanel !== null && !isSmall) {
    middle = (
      <SplitPane side="right" label="Width of the right panel" size={widths.right} onResize={resize('right')} min={280} max={560} panel={<RightPanel />}>
        {middle}
      </SplitPane>
    )
  }
  if (leftPanel !== null && !isSmall) {
    middle = (
      <SplitPane side="left" label="Width of the left panel" size={widths.left} onResize={resize('left')} min={200} max={420} panel={<LeftPanel />}>
        {middle}
      </SplitPane>
    )
  }
  const cover = isSmall && (rightPanel !== null ? <RightPanel /> : leftPanel !== null && <LeftPanel />)
  return (
    <div className={styles.editor}>
      <SkipToCanvas />
      <TopBar desk={desk} />
      <main className={styles.main}>
        <div className={styles.middle} inert={cover !== false}>
          {middle}
        </div>
        {cover !== false && (
          <div className={styles.cover}>
            <Boundary>{cover}</Boundary>
          </div>
        )}
      </main>
      <Boundary apart>
        <Talks />
      </Boundary>
      <Boundary apart>{dialogs && <Later part={<Dialogs desk={desk} />} />}</Boundary>
      <Boundary apart>{dialogs && <Later part={<Announcer />} />}</Boundary>
    </div>
  )
})

const panelsOf = ({ leftPanel, rightPanel, runPanel, dialog }: EditorView) => ({ leftPanel, rightPanel, runPanel, dialog })

/** Whether a panel takes the whole place of the canvas, which lies on beneath it, of the size it had. */
const useSmallScreen = () => useMedia(`(max-width: ${String(roomForLeftPanel - 1)}px)`)

/** Where a panel lies over the canvas, this leads back to it. */
function ClosePanel({ onClose }: { onClose: () => void }) {
  return useSmallScreen() && <IconButton label="Close the panel" icon={<X size={16} />} size="small" onClick={onClose} />
}

/** Whether the dialogs, and who reads out what happens, are in the page, open or not: from when they were fetched, so that none is late, or from the first. */
function useDialogs(wanted: boolean): boolean {
  const [there, setThere] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => void fetchLaterParts().then(() => setThere(true)), 1000)
    return () => clearTimeout(timer)
  }, [])
  // Once it was opened it stays: a dialog gives the focus back as it closes.
  if (wanted && !there) setThere(true)
  return there
}

/** The window of a conversation, fetched with the first one; an address may ask for one. */
function Talks() {
  const isTalking = useEditorView((view) => view.talk !== null)
  const isAsked = new URLSearchParams(useSearch()).has('thread')
  const [wanted, setWanted] = useState(false)
  if ((isTalking || isAsked) && !wanted) setWanted(true)
  return wanted && <Later part={<Discussion />} />
}

function Later({ part }: { part: ReactNode }) {
  return <Suspense fallback={null}>{part}</Suspense>
}

/** As `Later`, for what has a place that would be blank without it. */
function LaterPanel({ part }: { part: ReactNode }) {
  return <Suspense fallback={<StillToCome />}>{part}</Suspense>
}

function LeftPanel() {
  const graph = useGraph()
  const panel = useEditorView((view) => view.leftPanel) ?? 'add'
  const add = (type: string) => createNodeInView(graph, type)
  return (
    <Tabs
      label="Left panel"
      value={graph.canEdit ? panel : 'outline'}
      onChange={(next) => showInEditor({ leftPanel: next === 'outline' ? 'outline' : 'add' })}
      aside={<ClosePanel onClose={() => showInEditor({ leftPanel: null })} />}
      tabs={[
        ...(graph.canEdit ? [{ id: 'add', label: 'Nodes', content: <Palette onAdd={add} /> }] : []),
        { id: 'outline', label: 'Outline', content: <LaterPanel part={<Outline />} /> },
      ]}
    />
  )
}

function RightPanel() {
  const shown = useEditorView((view) => view.rightPanel)
  return (
    <Tabs
      label="Right panel"
      value={shown ?? ''}
      onChange={(next) => showInEditor({ rightPanel: next })}
      aside={<ClosePanel onClose={() => showInEditor({ rightPanel: null })} />}
      tabs={rightTabs.map((tab) => ({ ...tab, content: <LaterPanel part={tab.content} /> }))}
    />
  )
}

const contextGroups = [
  ['add', 'next', 'put-between'],
  ['run', 'run-here'],
  ['cut', 'copy', 'paste', 'duplicate', 'rename'],
  ['comment'],
  ['group', 'ungroup'],
  ['toggle-disabled', 'delete'],
  ['select-all', 'fit', 'fit-selection'],
] as const

function CanvasWithMenu({ desk }: { desk: Desk }) {
  // What is greyed depends on both.
  useSelection()
  useUndoState()
  return (
    <div className={styles.canvas}>
      <ContextMenu items={menuItems(desk, contextGroups)}>
        <div className={styles.canvas}>
          <Boundary>
            <Canvas />
          </Boundary>
        </div>
      </ContextMenu>
      <Fullness />
    </div>
  )
}

/** Whoever can't add anything need not know how much more could be added. */
function Fullness() {
  const space = useSpace()
  const { canEdit } = useGraph()
  return canEdit && space !== undefined && <Later part={<SpaceNotice space={space} />} />
}

function useDesk(): Desk {
  const graph = useGraph()
  const [, go] = useLocation()
  return useMemo(
    () => ({
      graph,
      go,
      setTheme,
      complain: (title, error) => toast.error(title, { description: sentenceOf(error) }),
    }),
    [graph, go],
  )
}
