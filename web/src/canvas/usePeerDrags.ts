import { useEffect, useState } from 'react'
import { useGraph } from '@/document/hooks'
import type { Moving } from './flowElements'
import { PeerDrags } from './peerDrags'

const nothing: Moving = new Map()

/** Places of the nodes that others are dragging; a new map only when one of them moved. */
export function usePeerDrags(): Moving {
  const { presence, store } = useGraph()
  const [places, setPlaces] = useState<Moving>(nothing)
  useEffect(() => {
    const drags = new PeerDrags()
    let timer: ReturnType<typeof setTimeout> | undefined
    const read = () => {
      clearTimeout(timer)
      const now = presence.peers.flatMap(({ clientId }) => presence.motion(clientId).drag ?? [])
      if (drags.update(now, (id) => store.node(id), performance.now())) setPlaces(drags.places)
      if (drags.waiting) timer = setTimeout(read, 100)
    }
    const stops = [presence.subscribeMotion(read), store.subscribe(() => drags.places.size > 0 && read())]
    return () => {
      clearTimeout(timer)
      for (const stop of stops) stop()
    }
  }, [presence, store])
  return places
}
