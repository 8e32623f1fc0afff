/** The graph from far away: one canvas instead of a thousand cards. xyflow underneath keeps panning and zooming. */
import { useStoreApi } from '@xyflow/react'
import { useEffect, useRef } from 'react'
import { Frame } from '@/document/frame'
import { useGraph, useSelection } from '@/document/hooks'
import styles from './Canvas.module.css'
import { onThemeChange, readColours } from './colours'
import { paintGraph, prepare } from './paint'
import type { Scene } from './scene'

export function FarLayer({ scene }: { scene: Scene }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const flow = useStoreApi()
  const { run } = useGraph()
  const selected = useSelection()
  useEffect(() => {
    let colours = readColours()
    const frame = new Frame(() => {
      const { width, height, transform } = flow.getState()
      const context = canvas.current && prepare(canvas.current, width, height)
      const view = { x: transform[0], y: transform[1], zoom: transform[2] }
      if (context) paintGraph(context, { scene, run, selected, colours, view, width, height }, true)
    })
    const repaint = () => frame.request()
    repaint()
    const stops = [
      flow.subscribe(repaint),
      run.subscribe(repaint),
      onThemeChange(() => {
        colours = readColours()
        repaint()
      }),
    ]
    return () => {
      frame.drop()
      for (const stop of stops) stop()
    }
  }, [flow, run, scene, selected])
  return <canvas ref={canvas} className={styles.far} aria-hidden />
}
