/** What comes next: a small search over types to add and nodes to join, where an edge was dropped into the open; or over what comes into an edge. */
import { useStore, ViewportPortal } from '@xyflow/react'
import { type CSSProperties, type KeyboardEvent, type ReactNode, useEffect, useEffectEvent, useId, useMemo, useRef, useState } from 'react'
import { type OpenEndRequest, showInEditor, useEditorView } from '@/commands/editorView'
import { useGraph, useNode } from '@/document/hooks'
import type { OpenGraph } from '@/document/openGraph'
import type { Edge, NodeType } from '@/document/schema.gen'
import { findTypes } from '@/nodes/findTypes'
import { NodeIcon } from '@/nodes/NodeIcon'
import { categoryColour } from '@/ui/categoryColour'
import { classNames } from '@/ui/classNames'
import { createNode, sizeOf } from './createNode'
import { containerAt } from './dropTargets'
import edge from './EdgeLine.module.css'
import { edgeMiddle, headerHeight, portY } from './geometry'
import styles from './NextMenu.module.css'
import { endsOf, fittingTypes, joinableNodes, type OpenEnd, openEndsOf } from './nextSteps'
import { pathOf, portPlace } from './portPlace'
import { curveOf, type Scene } from './scene'
import { putInto, type Way, wayInto } from './splice'

const size = { width: 288, height: 320 }
const mostJoined = 6
const reach = 96

type Place = readonly [x: number, y: number]

const close = () => showInEditor({ openEnd: null })

export function NextMenu({ scene, request }: { scene: Scene; request: OpenEndRequest }) {
  const { node, at, port } = request
  // A graph may lose the node, or the edge, while the menu is open.
  if (request.edge !== undefined) {
    const edge = scene.edges.find(({ id }) => id === request.edge)
    return edge === undefined ? null : <InEdge key={edge.id} edge={edge} scene={scene} />
  }
  if (node !== undefined) return scene.nodes.has(node) ? <AtEnd key={`${node} ${port ?? ''}`} node={node} request={request} scene={scene} /> : null
  return at && <AtPlace key={at.join()} at={at} scene={scene} />
}

/** At the end of an edge that begins at a port of a node. */
function AtEnd({ node, request, scene }: { node: string; request: OpenEndRequest; scene: Scene }) {
  const graph = useGraph()
  const ends = useMemo(() => openEndsOf(graph, node), [graph, node])
  const asked = ends.findIndex((end) => end.port === request.port && end.side === request.side)
  const [chosen, setChosen] = useState(Math.max(0, asked))
  const end = ends[chosen]
  const place = end && portPlace(scene, end)
  const at = request.at ?? (end && place ? beside(end, place) : undefined)
  if (end === undefined || place === undefined || at === undefined) return null
  return (
    <>
      <ViewportPortal>
        <svg className={styles.line} aria-hidden>
          <path className={classNames(edge.line, edge.drawn)} d={pathOf(end.side === 'source' ? [place, at] : [at, place])} />
        </svg>
      </ViewportPortal>
      <Popup at={at}>
        {request.port === undefined && ends.length > 1 && (
          <label className={styles.from}>
            From
            <select value={chosen} onChange={(event) => setChosen(Number(event.target.value))}>
              {ends.map((each, index) => (
                <option key={`${each.side}:${each.port}`} value={index}>
                  {each.side === 'source' ? 'output' : 'input'} {each.port}
                </option>
              ))}
            </select>
          </label>
        )}
        <ChoicesAtEnd key={chosen} end={end} at={at} scene={scene} joinFirst={request.at === undefined} />
      </Popup>
    </>
  )
}

/** At a place without an edge: any type may stand there. */
function AtPlace({ at, scene }: { at: Place; scene: Scene }) {
  const graph = useGraph()
  const choices = useMemo(() => {
    const container = scene.nodes.get(containerAt(scene, at, new Set()) ?? '')
    return typeChoices(graph, ({ type }) => () => graph.camera.focus(createNode(graph, type, at, container)))
  }, [graph, at, scene])
  return (
    <Popup at={at}>
      <Choices all={choices} placeholder="Add a node" />
    </Popup>
  )
}

/** In an edge: any type that has ports for what it brings and for what goes on. */
function InEdge({ edge, scene }: { edge: Edge; scene: Scene }) {
  const graph = useGraph()
  const at = useMemo(() => {
    const curve = curveOf(scene, edge)
    return curve && edgeMiddle(curve)
  }, [scene, edge])
  const choices = useMemo(
    () =>
      typeChoices(graph, (type) => {
        const way = wayInto(scene, edge, type)
        return way && at && (() => addInto(graph, scene, way, at, type.type))
      }),
    [graph, scene, edge, at],
  )
  if (at === undefined) return null
  return (
    <Popup at={at}>
      <Choices all={choices} placeholder="Add what comes between" />
    </Popup>
  )
}

/** A new node, and the edge through it, as one gesture. */
function addInto(graph: OpenGraph, scene: Scene, way: Way, at: Place, type: string): void {
  const container = scene.nodes.get(scene.nodes.get(way.edge.source)?.node.parent ?? '')
  const write = () => {
    const made = createNode(graph, type, at, container)
    putInto(graph, scene, way, made)
    graph.camera.focus(made)
  }
  graph.document.gesture(write, undefined, 'add a node')
}

/** The types for which there is something to do. */
function typeChoices(graph: OpenGraph, stepOf: (type: NodeType) => (() => void) | undefined): Choice[] {
  return findTypes([...graph.types.values()], '').flatMap(({ category, types }) =>
    types.flatMap((type) => {
      const step = stepOf(type)
      const run = () => {
        close()
        step?.()
      }
      return step ? [{ id: type.type, label: type.title, about: category, icon: type.icon, category, run }] : []
    }),
  )
}

function Popup({ at, children }: { at: Place; children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null)
  const corner = useCorner(at)
  useEffect(() => closeOutside(box), [])
  return (
    <div ref={box} className={classNames(styles.menu, 'nowheel')} style={corner} role="dialog" aria-label="What comes next">
      {children}
    </div>
  )
}

interface Choice {
  id: string
  label: string
  about: string
  icon: string
  category: string
  run: () => void
}

function ChoicesAtEnd({ end, at, scene, joinFirst }: { end: OpenEnd; at: Place; scene: Scene; joinFirst: boolean }) {
  const choices = useChoices(end, at, scene, joinFirst)
  return <Choices all={choices} placeholder={end.side === 'source' ? 'Add what comes next' : 'Add what comes before'} />
}

function Choices({ all, placeholder }: { all: readonly Choice[]; placeholder: string }) {
  const [ahead] = useState(useEditorView.getState().typedAhead)
  const [query, setQuery] = useState(ahead.trimEnd())
  const [active, setActive] = useState(0)
  const list = useId()
  const words = query.trim().toLowerCase().split(/\s+/)
  const shown = all.filter(({ label, about, category }) =>
    words.every((word) => `${label} ${about} ${category}`.toLowerCase().includes(word)),
  )
  const enter = useEffectEvent(() => shown[0]?.run())
  useEffect(() => {
    showInEditor({ typedAhead: '' })
    if (ahead.endsWith('\n')) enter()
  }, [ahead])
  const { camera } = useGraph()
  /** The keyboard goes back to what was asked about. */
  const giveUp = () => {
    const { node, edge } = useEditorView.getState().openEnd ?? {}
    const id = node ?? edge
    if (id !== undefined) camera.focus(id)
    close()
  }
  const items = useRef<HTMLDivElement>(null)
  useEffect(() => {
    items.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' })
  }, [active])

  const onKeyDown = (event: KeyboardEvent) => {
    const last = shown.length - 1
    if (event.key === 'ArrowDown') setActive(Math.min(last, active + 1))
    else if (event.key === 'ArrowUp') setActive(Math.max(0, active - 1))
    else if (event.key === 'Enter') shown[active]?.run()
    else if (event.key === 'Escape' || event.key === 'Tab') giveUp()
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <>
      <input
        autoFocus
        className={styles.input}
        role="combobox"
        aria-expanded
        aria-controls={list}
        aria-label={placeholder}
        aria-activedescendant={shown.length > 0 ? `${list}-${String(active)}` : undefined}
        placeholder={placeholder}
        value={query}
        onChange={(event) => {
          setQuery(event.target.value)
          setActive(0)
        }}
        onKeyDown={onKeyDown}
      />
      <div ref={items} id={list} role="listbox" aria-label="What comes next" className={styles.list} tabIndex={-1}>
        {shown.map((choice, index) => (
          <div
            key={choice.id}
            id={`${list}-${String(index)}`}
            role="option"
            aria-selected={index === active}
            className={styles.item}
            onPointerMove={() => setActive(index)}
            onClick={choice.run}
          >
            <span className={styles.icon} style={{ color: categoryColour(choice.category) }}>
              <NodeIcon name={choice.icon} size={15} />
            </span>
            <span className={styles.label}>{choice.label}</span>
            <span className={styles.about}>{choice.about}</span>
          </div>
        ))}
      </div>
      {shown.length === 0 && <p className={styles.nothing}>{all.length === 0 ? 'Nothing fits this port.' : `Nothing matches “${query}”.`}</p>}
    </>
  )
}

/** Types to add and nodes to join; who came by keyboard sees first what stands already. */
function useChoices(end: OpenEnd, at: Place, scene: Scene, joinFirst: boolean): Choice[] {
  const graph = useGraph()
  const node = useNode(end.node)
  return useMemo(() => {
    if (node === undefined) return []
    const adding = fittingTypes(graph, end).map(({ type, port }) => ({
      id: `add:${type.type}`,
      label: type.title,
      about: port.label || port.name,
      icon: type.icon,
      category: type.category,
      run: () => {
        close()
        addAtEnd(graph, end, type.type, port.name, at, scene)
      },
    }))
    const joining = joinableNodes(graph, end)
      .slice(0, mostJoined)
      .map(({ node: other, type, title, port }) => ({
        id: `join:${other.id}`,
        label: `Connect to ${title}`,
        about: port.label || port.name,
        icon: type?.icon ?? 'circle-help',
        category: type?.category ?? 'Other',
        run: () => {
          close()
          graph.document.connect(endsOf(end, other.id, port.name))
          graph.selection.set([other.id])
          graph.camera.focus(other.id)
        },
      }))
    return joinFirst ? [...joining, ...adding] : [...adding, ...joining]
  }, [graph, node, end, at, scene, joinFirst])
}

/** A new node whose port is where the edge ends, and the edge, as one gesture. */
function addAtEnd(graph: OpenGraph, end: OpenEnd, typeName: string, port: string, [x, y]: Place, scene: Scene): void {
  const type = graph.types.get(typeName)
  const ports = { inputs: type?.inputs ?? [], outputs: type?.outputs ?? [] }
  const index = (end.side === 'source' ? ports.inputs : ports.outputs).findIndex((each) => each.name === port)
  const { width } = sizeOf(graph, typeName)
  const left = end.side === 'source' ? x : x - width
  const container = scene.nodes.get(scene.nodes.get(end.node)?.node.parent ?? '')
  graph.document.gesture(() => {
    const made = createNode(graph, typeName, { left, top: y - portY(ports, Math.max(0, index)) }, container)
    graph.document.connect(endsOf(end, made, port))
    graph.camera.focus(made)
  })
}

/** Where the menu opens for someone who did not drop anything: a step to the side of the node. */
function beside(end: OpenEnd, [x, y]: Place): [number, number] {
  return [end.side === 'source' ? x + reach : x - reach, y]
}

/** The place of the menu in the canvas, kept inside it. */
function useCorner([x, y]: Place): CSSProperties {
  const left = useStore((flow) => Math.round(Math.max(8, Math.min(x * flow.transform[2] + flow.transform[0], flow.width - size.width - 8))))
  const top = useStore((flow) =>
    Math.round(Math.max(8, Math.min(y * flow.transform[2] + flow.transform[1] - headerHeight / 2, flow.height - size.height - 8))),
  )
  return { left, top, width: size.width, maxHeight: size.height }
}

function closeOutside(box: { current: HTMLElement | null }): () => void {
  const onPointerDown = (event: PointerEvent) => {
    if (event.target instanceof Node && box.current?.contains(event.target) !== true) close()
  }
  window.addEventListener('pointerdown', onPointerDown, true)
  return () => window.removeEventListener('pointerdown', onPointerDown, true)
}
