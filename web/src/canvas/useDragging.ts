import { type NodeChange, useStoreApi } from '@xyflow/react'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { copySelection, pasteCopies } from '@/document/clipboard'
import { moveInto } from '@/document/containers'
import type { Position } from '@/document/graphDocument'
import { sideOf } from '@/document/groupPorts'
import { useGraph } from '@/document/hooks'
import type { OpenGraph } from '@/document/openGraph'
import { some } from '@/document/stepWords'
import { containerAt, type DropTargets } from './dropTargets'
import type { Card, Moving } from './flowElements'
import { type Box, boundsOf } from './geometry'
import { dragAids } from './laterParts'
import type { Scene } from './scene'
import { type Held, neighbours, settle, type Settled } from './settle'
import type { Way } from './splice'
import { useEscape } from './useEscape'

/** One's own drag as it looks: cards that move, or copies that will be dropped, and what they lie on a line with. */
export interface Drag extends Settled {
  /** Where what is dragged, or a copy of it, is now; relative to its container. */
  places: Moving
  asCopies: boolean
}

/** What is dragged: from where, within which bounds, and whether it is one node without edges. */
interface Grip {
  from: Moving
  box: Box
  isLoose: boolean
}

type Moves = readonly (readonly [string, readonly [number, number]])[]

const nothing: Moving = new Map()
/** Presence holds 4 kB: others see the first of a very large selection move, and all of it when it is dropped. */
const mostShown = 150
/** What is dropped at the edge of a container keeps this much from it. */
const margin = 16

/** How far something may be to be meant: so many pixels, and from far away, at most so much of the canvas. */
export const reachOf = (zoom: number) => Math.min(12, 6 / zoom)

/**
 * One's own drag: told to the others as it happens, written once when it ends, into the container or the edge it ends
 * over. Escape gives it up.
 */
export function useDragging(scene: Scene, targets: DropTargets, far: boolean) {
  const graph = useGraph()
  const { presence, store } = graph
  const flow = useStoreApi()
  const [drag, setDrag] = useState<Drag>()
  const shown = useRef<Drag>(undefined)
  const grip = useRef<Grip>(undefined)
  const pulled = useRef<Position>([0, 0])
  const pointed = useRef<readonly [number, number]>(undefined)
  const over = useRef<string | null | undefined>(undefined)
  const way = useRef<Way>(undefined)
  const held = useRef<Held>({ shiftKey: false, altKey: false, ctrlKey: false, metaKey: false })
  const givenUp = useRef(false)

  const show = useCallback(() => {
    if (grip.current === undefined) return
    const { from, box } = grip.current
    const { transform: [x, y, zoom], width, height } = flow.getState()
    const asCopies = held.current.altKey
    const [first = ''] = from.keys()
    const level = over.current === undefined ? (store.node(first)?.parent ?? null) : over.current
    const seen = { x: -x / zoom, y: -y / zoom, width: width / zoom, height: height / zoom }
    const others = neighbours(scene, level, asCopies ? nothing : from, seen)
    const settled = settle(box, pulled.current, held.current, others, reachOf(zoom), dragAids.align)
    const { by } = settled
    if (shown.current?.asCopies === asCopies && shown.current.by.join() === by.join()) return
    const places = new Map([...from].map(([id, at]) => [id, [at[0] + by[0], at[1] + by[1]] as const]))
    shown.current = { ...settled, places, asCopies }
    presence.set({ drag: asCopies ? null : { ids: [...places.keys()].slice(0, mostShown), by } })
    setDrag(shown.current)
  }, [scene, flow, presence, store])

  /** These nodes are pulled to these places now, relative to their containers. */
  const move = useCallback(
    (moves: Moves) => {
      const [first] = moves
      if (first === undefined || givenUp.current) return
      grip.current ??= gripOf(graph, scene, moves)
      const from = grip.current.from.get(first[0]) ?? first[1]
      pulled.current = [first[1][0] - from[0], first[1][1] - from[1]]
      show()
    },
    [graph, scene, show],
  )

  const take = useCallback(
    (changes: readonly NodeChange<Card>[]) => {
      move(
        changes.flatMap((change) =>
          change.type === 'position' && change.dragging === true && change.position
            ? [[change.id, [change.position.x, change.position.y]] as const]
            : [],
        ),
      )
    },
    [move],
  )

  /** The pointer is here, in canvas units: mark the container or the edge that would take what is dragged. */
  const point = useCallback(
    (at: readonly [number, number]) => {
      if (grip.current === undefined) return
      const { from, isLoose } = grip.current
      pointed.current = at
      over.current = containerAt(scene, at, new Set(from.keys())) ?? null
      const stays = [...from.keys()].every((id) => (store.node(id)?.parent ?? null) === over.current)
      const [first = '', second] = from.keys()
      const ports = scene.nodes.get(first)?.ports
      const mayComeBetween = !far && second === undefined && (isLoose || held.current.altKey)
      way.current = mayComeBetween && ports ? dragAids.splice?.wayAt(scene, at, over.current, ports, reachOf(flow.getState().transform[2])) : undefined
      targets.setOwn(way.current?.edge.id ?? (stays ? undefined : (over.current ?? undefined)))
    },
    [scene, far, flow, store, targets],
  )

  const stop = useCallback(() => {
    shown.current = undefined
    grip.current = undefined
    pointed.current = undefined
    over.current = undefined
    way.current = undefined
    targets.setOwn(undefined)
    presence.set({ drag: null })
    setDrag(undefined)
  }, [presence, targets])

  const drop = useCallback(() => {
    givenUp.current = false
    const done = shown.current
    if (done && (done.asCopies || done.by.some((by) => by !== 0))) put(graph, scene, done, over.current, way.current)
    stop()
  }, [graph, scene, stop])

  const hold = useCallback(({ shiftKey, altKey, ctrlKey, metaKey }: Held) => {
    held.current = { shiftKey, altKey, ctrlKey, metaKey }
  }, [])

  /** Whatever was dragged before: a drag of what someone deletes has no end. */
  const grasp = useCallback(() => {
    givenUp.current = false
    if (grip.current) stop()
  }, [stop])

  const goesOn = drag !== undefined
  useEscape(goesOn, () => {
    givenUp.current = true
    stop()
  })
  useEffect(() => {
    if (!goesOn) return
    const onKey = (event: KeyboardEvent) => {
      // On its own Alt leads into the menus of some browsers.
      if (event.key === 'Alt') event.preventDefault()
      hold(event)
      show()
      if (pointed.current) point(pointed.current)
    }
    window.addEventListener('keydown', onKey)
    window.addEventListener('keyup', onKey)
    return () => {
      window.removeEventListener('keydown', onKey)
      window.removeEventListener('keyup', onKey)
    }
  }, [goesOn, hold, show, point])

  const moving = drag === undefined || drag.asCopies ? nothing : drag.places
  return useMemo(() => ({ drag, moving, grasp, take, move, point, drop, hold }), [drag, moving, grasp, take, move, point, drop, hold])
}

function gripOf({ store }: OpenGraph, scene: Scene, moves: Moves): Grip {
  const from = new Map(moves.map(([id, at]) => [id, store.node(id)?.pos ?? at]))
  const box = boundsOf([...from.keys()].flatMap((id) => scene.nodes.get(id)?.box ?? []))
  const [first = ''] = from.keys()
  const isLoose = from.size === 1 && scene.edges.every(({ source, target }) => source !== first && target !== first)
  return { from, box: box ?? { x: 0, y: 0, width: 0, height: 0 }, isLoose }
}

/** The ends of a group are where its ports lead: they move within it. */
function mayLeave(scene: Scene, id: string): boolean {
  const node = scene.nodes.get(id)?.node
  return node !== undefined && (sideOf(node) === undefined || node.parent === null)
}

/**
 * As one gesture: the nodes, or copies of them, stand where they were dropped, in the container they were dropped into if
 * it is another, and in the edge.
 */
function put(graph: OpenGraph, scene: Scene, { places: dropped, asCopies }: Drag, into: string | null | undefined, way: Way | undefined): void {
  const { document, selection, store } = graph
  const parentOf = (id: string) => scene.nodes.get(id)?.node.parent ?? null
  const changing = new Set(into === undefined ? [] : [...dropped.keys()].filter((id) => parentOf(id) !== into && mayLeave(scene, id)))
  const box = into === undefined || into === null ? undefined : scene.nodes.get(into)?.box
  const place = (id: string, [x, y]: readonly [number, number]): Position => {
    if (!changing.has(id)) return [x, y]
    const from = scene.nodes.get(parentOf(id) ?? '')?.box
    const [left, top] = [x + (from?.x ?? 0), y + (from?.y ?? 0)]
    return box ? [Math.max(margin, left - box.x), Math.max(margin, top - box.y)] : [left, top]
  }
  const name = `${way ? 'put' : asCopies ? 'copy' : 'move'} ${some(dropped.size, 'node')}${way ? ' in between' : ''}`
  const write = () => {
    const ids = new Set(dropped.keys())
    const copies = asCopies ? pasteCopies(document, copySelection(store, ids) ?? '', [0, 0], (node) => node.parent) : undefined
    const landing = (id: string): string[] => (copies ? [copies.get(id) ?? []].flat() : [id])
    document.moveNodes(new Map([...dropped].flatMap(([id, at]) => landing(id).map((to) => [to, place(id, at)]))))
    if (into !== undefined) moveInto(document, [...changing].flatMap(landing), into)
    if (way) for (const id of [...ids].flatMap(landing)) dragAids.splice?.putInto(graph, scene, way, id)
    if (copies) selection.set([...ids].flatMap(landing))
  }
  document.gesture(write, undefined, name)
}
