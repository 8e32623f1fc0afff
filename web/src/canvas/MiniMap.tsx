/** The whole graph in a corner: states of the run, what one sees, and where the others look. Click or drag to go there. */
import { useReactFlow, useStoreApi } from '@xyflow/react'
import { type PointerEvent, useEffect, useEffectEvent, useRef, useState } from 'react'
import { useGraph, useSelection } from '@/document/hooks'
import { Listeners } from '@/document/listeners'
import { type Colours, onThemeChange, readColours } from './colours'
import { bottomOfToasts, mapSize } from './corners'
import { type Box, boundsOf, type View, viewOf } from './geometry'
import styles from './MiniMap.module.css'
import { paintGraph, prepare } from './paint'
import type { Scene } from './scene'

const redrawEveryMs = 125
const root = document.documentElement.style

export function MiniMap({ scene }: { scene: Scene }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const [changes] = useState(() => new Listeners())
  const shown = useRef<View>({ x: 0, y: 0, zoom: 1 })
  const flow = useStoreApi()
  const { setCenter, getZoom } = useReactFlow()
  const { run, presence } = useGraph()
  const selected = useSelection()

  const paint = useEffectEvent((colours: Colours) => {
    const context = canvas.current && prepare(canvas.current, mapSize.width, mapSize.height)
    if (!context) return
    const { width, height, transform } = flow.getState()
    const mine = seenBox({ x: transform[0], y: transform[1], zoom: transform[2] }, width, height)
    const everything = boundsOf([...scene.nodes.values()].map((entry) => entry.box))
    const view = viewOf(everything ?? mine, mapSize, { margin: 10, closest: 0.2, farthest: 0.001 })
    shown.current = view
    paintGraph(context, { scene, run, selected, colours, view, ...mapSize }, false)
    for (const { clientId, user } of presence.peers) {
      const { viewport, cursor } = presence.motion(clientId)
      if (viewport) paintView(context, view, peerBox(viewport, width, height), user.colour)
      if (cursor) paintDot(context, view, cursor, user.colour)
    }
    paintOwnView(context, view, mine, colours)
  })

  useEffect(() => {
    let colours = readColours()
    let timer: ReturnType<typeof setTimeout> | undefined
    const soon = () => {
      timer ??= setTimeout(() => {
        timer = undefined
        paint(colours)
      }, redrawEveryMs)
    }
    paint(colours)
    const stops = [
      changes.add(soon),
      // It also tells of each step of a drag, of which nothing is seen here before the drop.
      flow.subscribe(({ transform, width, height }, before) => {
        if (transform !== before.transform || width !== before.width || height !== before.height) soon()
      }),
      run.subscribe(soon),
      presence.subscribe(soon),
      presence.subscribeMotion(soon),
      onThemeChange(() => {
        colours = readColours()
        soon()
      }),
    ]
    return () => {
      clearTimeout(timer)
      for (const stop of stops) stop()
    }
  }, [flow, run, presence, changes])
  // Not at once: a thousand nodes that were dropped have enough to do in one go.
  useEffect(() => changes.call(), [changes, scene, selected])

  useEffect(() => {
    const keepClear = () => {
      const box = canvas.current?.getBoundingClientRect()
      if (box) root.setProperty('--toasts-bottom', `${String(bottomOfToasts(box, { width: innerWidth, height: innerHeight }))}px`)
    }
    keepClear()
    const stop = flow.subscribe(({ width, height }, before) => {
      if (width !== before.width || height !== before.height) keepClear()
    })
    return () => {
      stop()
      root.removeProperty('--toasts-bottom')
    }
  }, [flow])

  const go = (event: PointerEvent<HTMLCanvasElement>) => {
    if (event.buttons !== 1) return
    const corner = event.currentTarget.getBoundingClientRect()
    const { x, y, zoom } = shown.current
    void setCenter((event.clientX - corner.left - x) / zoom, (event.clientY - corner.top - y) / zoom, { zoom: getZoom() })
  }

  return (
    <div className={styles.map}>
      <canvas
        ref={canvas}
        className={styles.canvas}
        style={mapSize}
        role="img"
        aria-label="Map of the graph"
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId)
          go(event)
        }}
        onPointerMove={go}
      />
    </div>
  )
}

const seenBox = (view: View, width: number, height: number): Box => ({
  x: -view.x / view.zoom,
  y: -view.y / view.zoom,
  width: width / view.zoom,
  height: height / view.zoom,
})

/** What a peer sees, if its window is as large as ours: it tells the middle of its view and its zoom. */
const peerBox = ([x, y, zoom]: [number, number, number], width: number, height: number): Box => ({
  x: x - width / zoom / 2,
  y: y - height / zoom / 2,
  width: width / zoom,
  height: height / zoom,
})

function paintView(context: CanvasRenderingContext2D, view: View, box: Box, colour: string): void {
  context.beginPath()
  context.roundRect(view.x + box.x * view.zoom, view.y + box.y * view.zoom, box.width * view.zoom, box.height * view.zoom, 3)
  context.strokeStyle = colour
  context.lineWidth = 1.25
  context.stroke()
}

/** As a whole, however much more than the graph one sees. */
function paintOwnView(context: CanvasRenderingContext2D, view: View, box: Box, colours: Colours): void {
  paintView(context, view, insideOf(view, box), colours.accent)
  context.globalAlpha = 0.045
  context.fillStyle = colours.accent
  context.fill()
  context.globalAlpha = 1
}

/** The part of a box that lies in the map, in canvas units, so that its outline is seen. */
function insideOf({ x, y, zoom }: View, box: Box): Box {
  const within = (place: number, length: number) => Math.min(length - 1.5, Math.max(1.5, place))
  const [left, right] = [box.x, box.x + box.width].map((each) => (within(each * zoom + x, mapSize.width) - x) / zoom) as [number, number]
  const [top, bottom] = [box.y, box.y + box.height].map((each) => (within(each * zoom + y, mapSize.height) - y) / zoom) as [number, number]
  return { x: left, y: top, width: right - left, height: bottom - top }
}

function paintDot(context: CanvasRenderingContext2D, view: View, [x, y]: [number, number], colour: string): void {
  context.beginPath()
  context.arc(view.x + x * view.zoom, view.y + y * view.zoom, 3, 0, 2 * Math.PI)
  context.fillStyle = colour
  context.fill()
}
