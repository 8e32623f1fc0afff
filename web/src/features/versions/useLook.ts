/** Looking around in a picture, with the canvas's hands: a wheel or a drag moves it, Ctrl and the wheel go nearer. */
import { type PointerEvent, type RefObject, useEffect, useRef, useState } from 'react'

import { type Box, middleOf } from '@/canvas/geometry'

type Point = readonly [number, number]

interface Place {
  middle: Point
  /** How many times as large as in the whole picture. */
  nearness: number
}

export interface Look {
  seen: Box
  isNear: boolean
  picture: RefObject<SVGSVGElement | null>
  onPointerDown: (event: PointerEvent) => void
  onPointerMove: (event: PointerEvent) => void
  /** About the middle of what is seen, unless a point is given. */
  zoom: (factor: number, at?: Point) => void
  showAll: () => void
  lead: (to: Box) => void
}

/** The nearest look shows so many units of the canvas from left to right. */
const nearest = 480
/** What one is led to takes this share of the picture. */
const share = 0.3

export function useLook(whole: Box): Look {
  const [place, setPlace] = useState<Place>()
  const picture = useRef<SVGSVGElement>(null)
  const last = useRef<Point>([0, 0])
  const { middle, nearness } = place ?? { middle: middleOf(whole), nearness: 1 }
  const size = { width: whole.width / nearness, height: whole.height / nearness }

  const possible = (wanted: number) => Math.max(1, Math.min(wanted, whole.width / nearest))
  const lookAt = (at: Point, near: number) => setPlace(near === 1 ? undefined : { middle: at, nearness: near })
  const zoom = (factor: number, [x, y]: Point = middle) => {
    const near = possible(nearness * factor)
    const kept = nearness / near
    lookAt([x + (middle[0] - x) * kept, y + (middle[1] - y) * kept], near)
  }
  const move = (x: number, y: number) => {
    const scale = picture.current?.getScreenCTM()?.a ?? 1
    if (nearness > 1) setPlace({ middle: [middle[0] + x / scale, middle[1] + y / scale], nearness })
  }
  const onWheel = (event: WheelEvent) => {
    if (nearness === 1 && !event.ctrlKey && !event.metaKey) return
    event.preventDefault()
    if (!event.ctrlKey && !event.metaKey) return move(event.deltaX, event.deltaY)
    const seen = picture.current?.getScreenCTM()
    if (seen) zoom(Math.exp(-event.deltaY * 0.01), [(event.clientX - seen.e) / seen.a, (event.clientY - seen.f) / seen.d])
  }
  useEffect(() => {
    const shown = picture.current
    // React's own listener could not keep the dialog from scrolling along.
    shown?.addEventListener('wheel', onWheel, { passive: false })
    return () => shown?.removeEventListener('wheel', onWheel)
  })
  return {
    seen: { x: middle[0] - size.width / 2, y: middle[1] - size.height / 2, ...size },
    isNear: nearness > 1,
    picture,
    onPointerDown: ({ currentTarget, pointerId, clientX, clientY }) => {
      currentTarget.setPointerCapture(pointerId)
      last.current = [clientX, clientY]
    },
    onPointerMove: ({ buttons, clientX, clientY }) => {
      if (buttons === 0) return
      move(last.current[0] - clientX, last.current[1] - clientY)
      last.current = [clientX, clientY]
    },
    zoom,
    showAll: () => setPlace(undefined),
    lead: (to) => lookAt(middleOf(to), possible(Math.min(whole.width / to.width, whole.height / to.height) * share)),
  }
}
