import type { NodeChange } from '@xyflow/react'
import { useCallback, useMemo, useRef, useState } from 'react'
import { moveInto } from '@/document/containers'
import type { Position } from '@/document/graphDocument'
import { sideOf } from '@/document/groupPorts'
import { useGraph } from '@/document/hooks'
import { containerAt, type DropTargets } from './dropTargets'
import type { Card, Moving } from './flowElements'
import type { Scene } from './scene'

const nothing: Moving = new Map()
/** Presence holds 4 kB: others see the first of a very large selection move, and all of it when it is dropped. */
const mostShown = 150
/** What is dropped at the edge of a container keeps this much from it. */
const margin = 16

/** One's own drag: told to the others as it happens, written once when it ends, into the container it ends over. */
export function useDragging(scene: Scene, targets: DropTargets) {
  const { document, presence, store } = useGraph()
  const [moving, setMoving] = useState(nothing)
  const places = useRef(new Map<string, readonly [number, number]>())
  const over = useRef<string | null | undefined>(undefined)

  /** These nodes are at these places now, relative to their containers. */
  const move = useCallback(
    (moves: readonly (readonly [string, readonly [number, number]])[]) => {
      const [first] = moves
      if (first === undefined) return
      for (const [id, at] of moves) places.current.set(id, at)
      const from = store.node(first[0])?.pos ?? first[1]
      const by: [number, number] = [first[1][0] - from[0], first[1][1] - from[1]]
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
      const dragged = new Set(places.current.keys())
      over.current = containerAt(scene, at, dragged) ?? null
      const stays = [...dragged].every((id) => (store.node(id)?.parent ?? null) === over.current)
      targets.setOwn(stays ? undefined : (over.current ?? undefined))
    },
    [scene, store, targets],
  )

  const drop = useCallback(() => {
    const dropped = places.current
    const into = over.current
    places.current = new Map()
    over.current = undefined
    targets.setOwn(undefined)
    if (dropped.size > 0) put(document, scene, dropped, into)
    presence.set({ drag: null })
    setMoving(nothing)
  }, [document, presence, scene, targets])

  return useMemo(() => ({ moving, take, move, point, drop }), [moving, take, move, point, drop])
}

/** The ends of a group are where its ports lead: they move within it. */
function mayLeave(scene: Scene, id: string): boolean {
  const node = scene.nodes.get(id)?.node
  return node !== undefined && (sideOf(node) === undefined || node.parent === null)
}

/** As one gesture: the nodes stand where they were dropped, in the container they were dropped into if it is another. */
function put(
  document: ReturnType<typeof useGraph>['document'],
  scene: Scene,
  dropped: ReadonlyMap<string, readonly [number, number]>,
  into: string | null | undefined,
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
    document.moveNodes(new Map([...dropped].map(([id, at]) => [id, place(id, at)])))
    if (into !== undefined) moveInto(document, changing, into)
  })
}
