import type { NodeChange } from '@xyflow/react'
import { useCallback, useMemo, useRef, useState } from 'react'
import { useGraph } from '@/document/hooks'
import type { Card, Moving } from './flowElements'

const nothing: Moving = new Map()
/** Presence holds 4 kB: others see the first of a very large selection move, and all of it when it is dropped. */
const mostShown = 150

/** One's own drag: told to the others as it happens, written once when it ends. */
export function useDragging() {
  const { document, presence, store } = useGraph()
  const [moving, setMoving] = useState(nothing)
  const places = useRef(new Map<string, readonly [number, number]>())

  const take = useCallback(
    (changes: readonly NodeChange<Card>[]) => {
      const moves = changes.flatMap((change) =>
        change.type === 'position' && change.dragging === true && change.position
          ? [[change.id, [change.position.x, change.position.y]] as const]
          : [],
      )
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

  const drop = useCallback(() => {
    const dropped = places.current
    places.current = new Map()
    if (dropped.size > 0) document.moveNodes(new Map([...dropped].map(([id, [x, y]]) => [id, [x, y]])))
    presence.set({ drag: null })
    setMoving(nothing)
  }, [document, presence])

  return useMemo(() => ({ moving, take, drop }), [moving, take, drop])
}
