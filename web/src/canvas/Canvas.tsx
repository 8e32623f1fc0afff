/**
 * The canvas: xyflow for hands (pan, zoom, drag, select, connect), the document for truth. Cards get id, place, size and
 * whether they are selected; everything else they read themselves. Far away, one 2D canvas takes over.
 */
import '@xyflow/react/dist/base.css'
import {
  Background,
  type EdgeChange,
  type NodeChange,
  ReactFlow,
  ReactFlowProvider,
  SelectionMode,
  useReactFlow,
  useStore,
  ViewportPortal,
} from '@xyflow/react'
import { type KeyboardEvent, memo, type MouseEvent, useCallback, useMemo, useState } from 'react'
import { inspect, showInEditor, useEditorView } from '@/commands/editorView'
import { mayRename, rename } from '@/commands/rename'
import { useGraph, usePeers, useSelection, useUndoState } from '@/document/hooks'
import styles from './Canvas.module.css'
import { DropTargets, DropTargetsContext } from './dropTargets'
import { ConnectionLine, EdgeLine } from './EdgeLine'
import { EmptyCanvas } from './EmptyCanvas'
import { type Card, FlowElements, type Line, type Moving } from './flowElements'
import { type Box, gridSize, type Size } from './geometry'
import { GroupFrame } from './GroupFrame'
import { importDragAids, LaterCursors, LaterDragAids, LaterFarLayer, LaterMiniMap, LaterNextMenu, LaterPins, LaterPlaceComment } from './laterParts'
import { NodeCard } from './NodeCard'
import { nodeAt, withMoving } from './scene'
import { useCamera } from './useCamera'
import { useConnecting } from './useConnecting'
import { useDragging } from './useDragging'
import { useFarHands } from './useFarHands'
import { useFollow } from './useFollow'
import { usePageOrder } from './usePageOrder'
import { usePaletteDrop } from './usePaletteDrop'
import { usePeerDrags } from './usePeerDrags'
import { usePeerDrops } from './usePeerDrops'
import { CardSizes, CardSizesContext, useScene } from './useScene'
import { useSelectionBox } from './useSelectionBox'
import { type Pointed, whereIs } from './whereIs'
import { ZoomBar } from './ZoomBar'

const nodeTypes = { card: NodeCard, frame: GroupFrame }
const edgeTypes = { line: EdgeLine }
const farBelow = 0.35
/** So few cards are drawn at any zoom. */
const fewCards = 40
const noCards: Card[] = []
const noLines: Line[] = []
const noneMoving: Moving = new Map()
const additive = ['Shift', 'Meta', 'Control']
const withMiddleButton = [1]

/** What is around it is drawn anew with every edit and every selection: for what is on it that means nothing. */
export const Canvas = memo(function Canvas() {
  const [sizes] = useState(() => new CardSizes())
  const [targets] = useState(() => new DropTargets())
  return (
    <CardSizesContext value={sizes}>
      <ReactFlowProvider>
        <DropTargetsContext value={targets}>
          <Surface sizes={sizes} targets={targets} />
        </DropTargetsContext>
      </ReactFlowProvider>
    </CardSizesContext>
  )
})

function Surface({ sizes, targets }: { sizes: CardSizes; targets: DropTargets }) {
  const graph = useGraph()
  const scene = useScene()
  const selected = useSelection()
  const many = scene.nodes.size > fewCards
  const far = useStore((flow) => many && flow.transform[2] < farBelow)
  const dragging = useDragging(scene, targets, far)
  const { drag, moving: own, grasp, take, point, drop, hold } = dragging
  usePeerDrops(scene, targets)
  const others = usePeerDrags()
  // Before the window's size is known and the view is set, everything would count as visible.
  const ready = useCamera(scene)
  const moving = useMemo(() => (others.size === 0 ? own : new Map([...others, ...own])), [own, others])
  const [elements] = useState(() => new FlowElements())
  const drawn = ready && !far
  const cards = useMemo(() => (drawn ? (elements.nodes(scene, selected, moving) as Card[]) : noCards), [drawn, elements, scene, selected, moving])
  const lines = useMemo(() => (drawn ? (elements.edges(scene, selected) as Line[]) : noLines), [drawn, elements, scene, selected])
  const { screenToFlowPosition } = useReactFlow()
  const placeOf = ({ clientX: x, clientY: y }: Pointed, snapToGrid = false): [number, number] => {
    const place = screenToFlowPosition({ x, y }, { snapToGrid })
    return [place.x, place.y]
  }
  const { box, begin, go, end } = useFarHands(scene, far, dragging)
  const { press, release } = useSelectionBox()
  const dropping = usePaletteDrop(scene, targets, far)
  const pictured = useMemo(() => withMoving(scene, far ? moving : noneMoving), [scene, far, moving])
  useFollow()
  usePageOrder(scene, drag !== undefined)

  const onNodesChange = useCallback(
    (changes: NodeChange<Card>[]) => {
      take(changes)
      select(graph.selection, changes)
      const measured = changes.flatMap((change): [string, Size][] =>
        change.type === 'dimensions' && change.dimensions ? [[change.id, change.dimensions]] : [],
      )
      if (measured.length > 0) sizes.set(new Map(measured))
    },
    [graph, take, sizes],
  )
  const onEdgesChange = useCallback((changes: EdgeChange<Line>[]) => select(graph.selection, changes), [graph])
  const connecting = useConnecting()

  const onDrag = (event: Pointed | TouchEvent) => {
    const at = whereIs(event)
    if (at) point(placeOf(at))
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const id = focusedElement(event.target)
    // With another key they mean something else, such as to run the graph.
    if (id === undefined || (event.key !== 'Enter' && event.key !== ' ') || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    event.stopPropagation()
    graph.selection.set([id])
    if (event.key === 'Enter') inspect()
  }
  const onDoubleClick = (event: MouseEvent) => {
    if (graph.canEdit && isOpenGround(event.target)) showInEditor({ openEnd: { at: placeOf(event, true) } })
  }
  const nodeUnder = (event: Pointed) => (far ? nodeAt(scene, placeOf(event)) : undefined)
  const onFarClick = (event: MouseEvent) => {
    const found = nodeUnder(event)
    if (found === undefined) graph.selection.clear()
    else graph.selection.set([found])
  }
  /** The menu is about what it was opened on, and puts what is new there. */
  const onContextMenu = (event: Pointed, id = nodeUnder(event)) => {
    if (id !== undefined && !graph.selection.has(id)) graph.selection.set([id])
    graph.camera.openMenu(placeOf(event))
  }

  return (
    <div
      className={styles.canvas}
      data-far={far || undefined}
      data-copying={drag?.asCopies || undefined}
      data-testid="canvas"
      data-focus-home
      tabIndex={-1}
      onPointerEnter={() => void importDragAids().catch(fetchedOnUse)}
      onPointerDown={(event) => {
        press(event)
        grasp()
        begin(event)
      }}
      onPointerUp={(event) => {
        hold(event)
        end(event)
        release()
      }}
      onPointerCancel={end}
      onPointerMove={(event) => {
        hold(event)
        go(event)
        graph.camera.openMenu(undefined)
        const [x, y] = placeOf(event)
        graph.presence.set({ cursor: [Math.round(x * 10) / 10, Math.round(y * 10) / 10] })
      }}
      onPointerLeave={() => graph.presence.set({ cursor: null })}
      {...dropping}
      onKeyDown={onKeyDown}
      onDoubleClick={onDoubleClick}
    >
      {ready && far && <LaterFarLayer scene={pictured} />}
      <ReactFlow<Card, Line>
        aria-label="Canvas"
        nodes={cards}
        edges={lines}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        onNodesChange={onNodesChange}
        onEdgesChange={onEdgesChange}
        onNodeDrag={onDrag}
        onSelectionDrag={onDrag}
        onNodeDragStop={drop}
        onSelectionDragStop={drop}
        {...connecting}
        onPaneClick={onFarClick}
        onMoveStart={(byHand) => {
          if (byHand) showInEditor({ following: null })
        }}
        onNodeDoubleClick={({ target }, { id }) => {
          if (isTitle(target) && mayRename(graph, id)) rename(graph, id)
          else if (!isOpenGround(target)) showInEditor({ rightPanel: 'inspector' })
        }}
        onNodeContextMenu={(event, { id }) => onContextMenu(event, id)}
        onEdgeContextMenu={(event, { id }) => onContextMenu(event, id)}
        onPaneContextMenu={onContextMenu}
        onSelectionContextMenu={(event) => onContextMenu(event)}
        connectionLineComponent={ConnectionLine}
        connectionRadius={28}
        nodesDraggable={graph.canEdit}
        nodesConnectable={graph.canEdit}
        edgesReconnectable={graph.canEdit}
        onlyRenderVisibleElements
        snapGrid={[gridSize, gridSize]}
        nodeDragThreshold={2}
        minZoom={0.02}
        maxZoom={2}
        panOnScroll
        panOnDrag={withMiddleButton}
        selectionOnDrag={!far}
        selectionMode={SelectionMode.Partial}
        selectionKeyCode={null}
        multiSelectionKeyCode={additive}
        panActivationKeyCode="Space"
        deleteKeyCode={null}
        disableKeyboardA11y
        zoomOnDoubleClick={false}
        proOptions={{ hideAttribution: true }}
      >
        <Background gap={24} size={2} color="var(--grid-dot)" bgColor="var(--bg-canvas)" />
      </ReactFlow>
      {box && <SelectionBox box={box} />}
      <LaterDragAids scene={scene} drag={drag} />
      <LaterNextMenu scene={scene} />
      {ready && <LaterPins scene={scene} moving={moving} far={far} />}
      <LaterPlaceComment scene={scene} />
      <LaterCursors />
      <LaterMiniMap scene={scene} />
      <ZoomBar />
      <FollowFrame />
      <WhatWasDone />
      {scene.nodes.size === 0 && <EmptyCanvas />}
    </div>
  )
}

/** The box that is drawn in the far view; near by, xyflow draws its own. */
function SelectionBox({ box: { x, y, width, height } }: { box: Box }) {
  return (
    <ViewportPortal>
      <div className={styles.box} style={{ transform: `translate(${String(x)}px, ${String(y)}px)`, width, height }} />
    </ViewportPortal>
  )
}

function FollowFrame() {
  const following = useEditorView((view) => view.following)
  const user = usePeers().find((peer) => peer.clientId === following)?.user
  if (user === undefined) return null
  return (
    <div className={styles.follow} style={{ borderColor: user.colour }} role="status">
      <span style={{ background: user.colour }}>Following {user.name}</span>
    </div>
  )
}

/** For those who can't see it come and go. */
function WhatWasDone() {
  return (
    <>
      <div className={styles.unseen} aria-live="polite">
        {useUndoState().said}
      </div>
      <div className={styles.unseen} aria-live="polite">
        {useEditorView((view) => view.said)}
      </div>
    </>
  )
}

/** Selecting on the canvas, told to the selection that everyone reads. */
function select(selection: ReturnType<typeof useGraph>['selection'], changes: readonly (NodeChange<Card> | EdgeChange<Line>)[]) {
  const ids = new Set(selection.ids)
  for (const change of changes) {
    if (change.type !== 'select') continue
    if (change.selected) ids.add(change.id)
    else ids.delete(change.id)
  }
  selection.set(ids)
}

/** Where a node may be put: the canvas itself, and the inside of a container. */
const isOpenGround = (target: EventTarget) =>
  target instanceof Element && target.matches('.react-flow__pane, [data-frame]')

const fetchedOnUse = () => undefined

const isTitle = (target: EventTarget) => target instanceof Element && target.matches('[data-title]')

function focusedElement(target: EventTarget): string | undefined {
  if (!(target instanceof Element)) return undefined
  return target.matches('.react-flow__node, .react-flow__edge') ? (target.getAttribute('data-id') ?? undefined) : undefined
}
