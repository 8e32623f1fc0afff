/** The others' cursors, gliding between the places they report thirty times a second; nothing renders as they move. */
import { useStoreApi } from '@xyflow/react'
import { useEffect, useRef } from 'react'
import { useGraph, usePeers } from '@/document/hooks'
import { readableOn } from '@/ui/readableOn'
import styles from './Cursors.module.css'

/** The part of the way that is left after a frame of 16 ms. */
const lag = 0.62

export function Cursors() {
  const { presence } = useGraph()
  const peers = usePeers()
  const flow = useStoreApi()
  const layer = useRef<HTMLDivElement>(null)

  useEffect(() => {
    const places = new Map<number, [number, number]>()
    let frame = 0
    let before = performance.now()
    const step = (now: number) => {
      const left = lag ** Math.min(4, (now - before) / 16)
      before = now
      frame = glide(layer.current, presence, places, flow.getState().transform, left) ? requestAnimationFrame(step) : 0
    }
    const wake = () => {
      if (frame !== 0) return
      before = performance.now() - 16
      frame = requestAnimationFrame(step)
    }
    wake()
    const stops = [presence.subscribeMotion(wake), flow.subscribe(wake)]
    return () => {
      cancelAnimationFrame(frame)
      for (const stop of stops) stop()
    }
  }, [presence, flow, peers])

  return (
    <div ref={layer} className={styles.layer} aria-hidden>
      {peers.map(({ clientId, user }) => (
        <div key={clientId} className={styles.cursor} data-kind={user.kind} data-client={clientId} data-testid={`cursor-${user.name}`} hidden>
          <svg width="18" height="18" viewBox="0 0 18 18">
            <path d="M2 1.5 15.5 8 9.6 9.9 7 15.8Z" fill={user.colour} stroke="#fff" strokeWidth="1.4" strokeLinejoin="round" />
          </svg>
          <span className={styles.name} dir="auto" style={{ background: user.colour, color: readableOn(user.colour) }}>
            {user.name}
          </span>
        </div>
      ))}
    </div>
  )
}

/** One frame: move every cursor nearer to where its owner is; says whether one is still on its way. */
function glide(
  layer: HTMLElement | null,
  presence: ReturnType<typeof useGraph>['presence'],
  places: Map<number, [number, number]>,
  [x, y, zoom]: [number, number, number],
  left: number,
): boolean {
  let moving = false
  for (const element of layer?.children ?? []) {
    if (!(element instanceof HTMLElement)) continue
    const client = Number(element.dataset['client'])
    const { cursor } = presence.motion(client)
    element.hidden = cursor === null
    if (cursor === null) {
      places.delete(client)
      continue
    }
    const at = places.get(client) ?? cursor
    const next: [number, number] = [cursor[0] + (at[0] - cursor[0]) * left, cursor[1] + (at[1] - cursor[1]) * left]
    if (Math.hypot(next[0] - cursor[0], next[1] - cursor[1]) * zoom < 0.3) next.splice(0, 2, ...cursor)
    else moving = true
    places.set(client, next)
    element.style.transform = `translate(${String(next[0] * zoom + x)}px, ${String(next[1] * zoom + y)}px)`
  }
  return moving
}
