import { useReactFlow, useStoreApi } from '@xyflow/react'
import { useEffect, useEffectEvent, useState } from 'react'
import type { CameraRequest } from '@/document/camera'
import { showCanvas, showInEditor } from '@/commands/editorView'
import { useGraph } from '@/document/hooks'
import { clearView } from './corners'
import type { View } from './geometry'
import type { Scene } from './scene'
import { walk } from './walk'
import { focusWhenThere } from '@/ui/focusWhenThere'

const glideMs = 220
/** From farther away names can't be read. */
const readable = 0.5

/**
 * Takes the camera: shows everything when the graph opens, answers requests, and tells the others where one looks. Says
 * whether the first view is set.
 */
export function useCamera(scene: Scene): boolean {
  const { camera, selection, presence } = useGraph()
  const flow = useStoreApi()
  const { setViewport, getViewport } = useReactFlow()
  const [opened, setOpened] = useState(false)

  const look = useEffectEvent((view: View, duration = glideMs) => {
    showInEditor({ following: null })
    void setViewport(view, { duration: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : duration })
  })
  const show = useEffectEvent((ids: Iterable<string>, closest: number, duration = glideMs) => {
    const { width, height } = flow.getState()
    const view = clearView([...ids].flatMap((id) => scene.nodes.get(id)?.box ?? []), { width, height }, { closest })
    if (view) look(view, duration)
  })
  const answer = useEffectEvent((request: CameraRequest) => {
    const { width, height } = flow.getState()
    const { x, y, zoom } = getViewport()
    showCanvas()
    switch (request.kind) {
      case 'fit':
        return show(scene.nodes.keys(), 1)
      case 'reveal':
        return show(request.ids, Math.max(0.8, Math.min(zoom, 1.2)))
      case 'look': {
        const to = Math.max(0.8, Math.min(zoom, 1.2))
        return look({ x: width / 2 - request.at[0] * to, y: height / 2 - request.at[1] * to, zoom: to })
      }
      case 'zoom':
      case 'actual': {
        const to = request.kind === 'actual' ? 1 : Math.min(2, Math.max(0.02, zoom * request.by))
        const [middleX, middleY] = [(width / 2 - x) / zoom, (height / 2 - y) / zoom]
        return look({ x: width / 2 - middleX * to, y: height / 2 - middleY * to, zoom: to })
      }
      case 'walk': {
        const [from] = selection.ids
        const next = walk(scene, from, request.step)
        if (next === undefined) return
        selection.set([next])
        const edge = scene.edges.find(({ id }) => id === next)
        const seen = edge === undefined ? [next] : [edge.source, edge.target]
        if (!seen.every((id) => isInView(scene, id, getViewport(), width, height))) show(seen, Math.max(0.5, zoom))
        return focusWhenThere(elementOf(next), document.activeElement)
      }
      case 'bring':
        if (zoom < readable || !isInView(scene, request.id, getViewport(), width, height)) show([request.id], Math.max(0.8, Math.min(zoom, 1.2)))
        return
      case 'focus':
        return focusWhenThere(elementOf(request.id))
    }
  })

  const boxOf = useEffectEvent((id: string) => scene.nodes.get(id)?.box)
  useEffect(() => {
    const middle = (): [number, number] => {
      const { width, height, transform } = flow.getState()
      return [(width / 2 - transform[0]) / transform[2], (height / 2 - transform[1]) / transform[2]]
    }
    return camera.operate(answer, middle, (id) => boxOf(id))
  }, [camera, flow])

  const openUp = useEffectEvent(() => {
    const { width, panZoom } = flow.getState()
    if (width === 0 || panZoom === null) return false
    show(scene.nodes.keys(), 1, 0)
    setOpened(true)
    return true
  })
  useEffect(() => {
    if (opened) return
    // Setting the view tells the subscribers, this one included, before `opened` is seen to be set.
    let opening = false
    const attempt = () => {
      if (opening) return
      opening = true
      opening = openUp()
    }
    // A window of known size is one that was measured; whether it is now or later, a frame is early enough.
    const frame = requestAnimationFrame(attempt)
    const stop = flow.subscribe(attempt)
    return () => {
      cancelAnimationFrame(frame)
      stop()
    }
  }, [opened, flow])

  useEffect(() => {
    let last = ''
    return flow.subscribe(({ transform: [x, y, zoom], width, height }) => {
      const viewport: [number, number, number] = [
        Math.round((width / 2 - x) / zoom),
        Math.round((height / 2 - y) / zoom),
        Math.round(zoom * 1000) / 1000,
      ]
      if (width === 0 || viewport.join() === last) return
      last = viewport.join()
      presence.set({ viewport })
    })
  }, [flow, presence])
  return opened
}

function isInView(scene: Scene, id: string, view: View, width: number, height: number): boolean {
  const box = scene.nodes.get(id)?.box
  if (box === undefined) return false
  const [left, top] = [box.x * view.zoom + view.x, box.y * view.zoom + view.y]
  return left >= 0 && top >= 0 && left + box.width * view.zoom <= width && top + box.height * view.zoom <= height
}

/** The keyboard goes along, so that Enter and Tab go on from the node or edge that was come to. */
const elementOf = (id: string) => `:is(.react-flow__node, .react-flow__edge)[data-id="${CSS.escape(id)}"]`
