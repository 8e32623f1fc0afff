import type { NodeChange } from '@xyflow/react'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { copySelection, pasteCopies } from '@/document/clipboard'
import { moveInto } from '@/document/containers'
import type { Position } from '@/document/graphDocument'
import { sideOf } from '@/document/groupPorts'
import { useGraph } from '@/document/hooks'
import type { OpenGraph } from '@/document/openGraph'
import { containerAt, type DropTargets } from './dropTargets'
import type { Card, Moving } from './flowElements'
import type { Scene } from './scene'

const nothing: Moving = new Map()
/** Presence holds 4 kB: others see the first of a very large selection move, and all of it when it is dropped. */
const mostShown = 150
/** What is dropped at the edge of a container keeps this much from it. */
const margin = 16

/** The keys that are held while one drags: Shift keeps to one axis, Alt leaves what is dragged and drops a copy. */
type Held = Pick<MouseEvent, 'shiftKey' | 'altKey'>

/**
 * One's own drag: told to the others as it happens, written once when it ends, into the container it ends over. Escape
 * gives it up.
 */
export function useDragging(scene: Scene, targets: DropTargets) {
  const graph = useGraph()
  const { presence, store } = graph
  const [moving, setMoving] = useState(nothing)
  const places = useRef(new Map<string, readonly [number, number]>())
  const over = useRef<string | null | undefined>(undefined)
  const held = useRef<Held>({ shiftKey: false, altKey: false })
  const givenUp = useRef(false)

  /** These nodes are at these places now, relative to their containers. */
  const move = useCallback(
    (moves: readonly (readonly [string, readonly [number, number]])[]) => {
      const [first] = moves
      if (first === undefined || givenUp.current) return
      const from = store.node(first[0])?.pos ?? first[1]
      const by: [number, number] = [first[1][0] - from[0], first[1][1] - from[1]]
      const still = held.current.shiftKey ? (Math.abs(by[0]) < Math.abs(by[1]) ? 0 : 1) : undefined
      if (still !== undefined) by[still] = 0
      for (const [id, at] of moves) places.current.set(id, keptTo(still, at, store.node(id)?.pos))
      presence.set({ drag: { ids: [...places.current.keys()].slice(0, mostShown), by } })
      setMoving(new Map(places.current))
    },
    [presence, store],
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

  /** The pointer is here, in canvas units: mark the container that would take what is dragged. */
  const point = useCallback(
    (at: readonly [number, number]) => {
      if (givenUp.current) return
      const dragged = new Set(places.current.keys())
      over.current = containerAt(scene, at, dragged) ?? null
      const stays = [...dragged].every((id) => (store.node(id)?.parent ?? null) === over.current)
      targets.setOwn(stays ? undefined : (over.current ?? undefined))
    },
    [scene, store, targets],
  )

  const stop = useCallback(() => {
    places.current = new Map()
    over.current = undefined
    targets.setOwn(undefined)
    presence.set({ drag: null })
    setMoving(nothing)
  }, [presence, targets])

  const drop = useCallback(() => {
    const [dropped, into] = [places.current, over.current]
    givenUp.current = false
    if (dropped.size > 0) put(graph, scene, dropped, into, held.current.altKey)
    stop()
  }, [graph, scene, stop])

  const hold = useCallback((keys: Held) => {
    held.current = { shiftKey: keys.shiftKey, altKey: keys.altKey }
  }, [])

  useEffect(() => {
    if (moving.size === 0) return
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      event.stopPropagation()
      givenUp.current = true
      stop()
    }
    window.addEventListener('keydown', onKeyDown, true)
    return () => window.removeEventListener('keydown', onKeyDown, true)
  }, [moving, stop])

  return useMemo(() => ({ moving, take, move, point, drop, hold }), [moving, take, move, point, drop, hold])
}

/** A place that differs from where one was along one axis only. */
function keptTo(still: 0 | 1 | undefined, at: readonly [number, number], from: Position = [...at]): readonly [number, number] {
  if (still === undefined) return at
  return still === 0 ? [from[0], at[1]] : [at[0], from[1]]
}

/** The ends of a group are where its ports lead: they move within it. */
function mayLeave(scene: Scene, id: string): boolean {
  const node = scene.nodes.get(id)?.node
  return node !== undefined && (sideOf(node) === undefined || node.parent === null)
}

/**
 * As one gesture: the nodes, or copies of them, stand where they were dropped, in the container they were dropped into if
 * it is another.
 */
function put(
  { document, selection, store }: OpenGraph,
  scene: Scene,
  dropped: ReadonlyMap<string, readonly [number, number]>,
  into: string | null | undefined,
  asCopies: boolean,
): void {
  const parentOf = (id: string) => scene.nodes.get(id)?.node.parent ?? null
  const changing = new Set(into === undefined ? [] : [...dropped.keys()].filter((id) => parentOf(id) !== into && mayLeave(scene, id)))
  const box = into === undefined || into === null ? undefined : scene.nodes.get(into)?.box
  const place = (id: string, [x, y]: readonly [number, number]): Position => {
    if (!changing.has(id)) return [x, y]
    const from = scene.nodes.get(parentOf(id) ?? '')?.box
    const [left, top] = [x + (from?.x ?? 0), y + (from?.y ?? 0)]
    return box ? [Math.max(margin, left - box.x), Math.max(margin, top - box.y)] : [left, top]
  }
  document.gesture(() => {
    const ids = new Set(dropped.keys())
    const copies = asCopies ? pasteCopies(document, copySelection(store, ids) ?? '', [0, 0], (node) => node.parent) : undefined
    const landing = (id: string): string[] => (copies ? [copies.get(id) ?? []].flat() : [id])
    document.moveNodes(new Map([...dropped].flatMap(([id, at]) => landing(id).map((to) => [to, place(id, at)]))))
    if (into !== undefined) moveInto(document, [...changing].flatMap(landing), into)
    if (copies) selection.set([...ids].flatMap(landing))
  })
}
