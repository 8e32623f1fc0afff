/** Hands in the far view, where one picture stands for all cards: drag what is under the pointer, or a box around many. */
import { useKeyPress, useReactFlow } from '@xyflow/react'
import { type PointerEvent, useRef, useState } from 'react'
import { useGraph } from '@/document/hooks'
import type { Box } from './geometry'
import { nodeAt, nodesWithin, type Scene } from './scene'
import type { useDragging } from './useDragging'
import { useEscape } from './useEscape'

/** So far the pointer goes before a press is a drag, in pixels. */
const threshold = 3

interface Press {
  pointer: number
  /** In the window. */
  from: [number, number]
  /** In canvas units. */
  at: [number, number]
  /** What moves along, by where it was; nothing when a box is drawn. */
  moved: ReadonlyMap<string, readonly [number, number]> | undefined
  /** What was selected, and what of that stays selected beside what a box is drawn around. */
  selected: ReadonlySet<string>
  kept: ReadonlySet<string>
  dragging: boolean
}

/** Handlers for the element around the canvas, and the box that is being drawn, in canvas units. */
export function useFarHands(scene: Scene, far: boolean, { move, point, drop }: ReturnType<typeof useDragging>) {
  const graph = useGraph()
  const { screenToFlowPosition } = useReactFlow()
  const panning = useKeyPress('Space')
  const press = useRef<Press>(undefined)
  const [box, setBox] = useState<Box>()
  const placeOf = ({ clientX, clientY }: PointerEvent): [number, number] => {
    const { x, y } = screenToFlowPosition({ x: clientX, y: clientY }, { snapToGrid: false })
    return [x, y]
  }

  const begin = (event: PointerEvent<HTMLElement>) => {
    const onGround = event.target instanceof Element && event.target.matches('.react-flow__pane')
    if (!far || event.button !== 0 || event.pointerType === 'touch' || panning || !onGround) return
    const at = placeOf(event)
    const hit = nodeAt(scene, at)
    const { selection } = graph
    const ids = hit === undefined ? [] : selection.has(hit) ? [...selection.ids] : [hit]
    press.current = {
      pointer: event.pointerId,
      from: [event.clientX, event.clientY],
      at,
      moved: hit !== undefined && graph.canEdit ? placesOf(scene, ids) : undefined,
      selected: selection.ids,
      kept: event.shiftKey || event.ctrlKey || event.metaKey ? selection.ids : new Set(),
      dragging: false,
    }
  }
  const go = (event: PointerEvent<HTMLElement>) => {
    const now = press.current
    if (now?.pointer !== event.pointerId) return
    if (!now.dragging) {
      if (Math.hypot(event.clientX - now.from[0], event.clientY - now.from[1]) < threshold) return
      now.dragging = true
      event.currentTarget.setPointerCapture(event.pointerId)
      if (now.moved && ![...now.moved.keys()].every((id) => graph.selection.has(id))) graph.selection.set(now.moved.keys())
    }
    const at = placeOf(event)
    const by: [number, number] = [at[0] - now.at[0], at[1] - now.at[1]]
    if (now.moved) {
      move([...now.moved].map(([id, [x, y]]) => [id, [x + by[0], y + by[1]]]))
      point(at)
      return
    }
    const drawn = around(now.at, at)
    setBox(drawn)
    graph.selection.set([...now.kept, ...nodesWithin(scene, drawn)])
  }
  const end = (event: PointerEvent<HTMLElement>) => {
    const now = press.current
    if (now?.pointer !== event.pointerId) return
    press.current = undefined
    setBox(undefined)
    if (now.dragging && now.moved) drop()
  }
  useEscape(box !== undefined, () => {
    if (press.current) graph.selection.set(press.current.selected)
    press.current = undefined
    setBox(undefined)
  })
  return { box, begin, go, end }
}

/** Where these nodes are in their containers; what is inside another of them moves with it. */
function placesOf(scene: Scene, ids: readonly string[]): ReadonlyMap<string, readonly [number, number]> {
  const wanted = new Set(ids)
  const isInside = (parent: string | null): boolean =>
    parent !== null && (wanted.has(parent) || isInside(scene.nodes.get(parent)?.node.parent ?? null))
  const nodes = ids.flatMap((id) => scene.nodes.get(id)?.node ?? [])
  return new Map(nodes.filter(({ parent }) => !isInside(parent)).map(({ id, pos }) => [id, pos]))
}

const around = ([x1, y1]: readonly [number, number], [x2, y2]: readonly [number, number]): Box => ({
  x: Math.min(x1, x2),
  y: Math.min(y1, y2),
  width: Math.abs(x2 - x1),
  height: Math.abs(y2 - y1),
})
