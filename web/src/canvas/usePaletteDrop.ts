import { useReactFlow, useStoreApi } from '@xyflow/react'
import { type DragEvent, useEffect, useRef } from 'react'
import { useGraph } from '@/document/hooks'
import { createNode } from './createNode'
import { containerAt, type DropTargets } from './dropTargets'
import { dragAids } from './laterParts'
import type { Scene } from './scene'
import { reachOf } from './useDragging'

/** What the palette puts on a drag: the name of a node type. */
const draggedNodeType = 'application/x-flowroom-node-type'
const nobody: ReadonlySet<string> = new Set()

/** A type dragged from the palette becomes a node where it is dropped: in the open, in a container, or in an edge. */
export function usePaletteDrop(scene: Scene, targets: DropTargets, far: boolean) {
  const graph = useGraph()
  const flow = useStoreApi()
  const { screenToFlowPosition } = useReactFlow()
  const dragged = useDraggedType()

  const find = ({ clientX: x, clientY: y }: DragEvent) => {
    const place = screenToFlowPosition({ x, y }, { snapToGrid: false })
    const at = [place.x, place.y] as const
    const container = containerAt(scene, at, nobody)
    const type = graph.types.get(dragged.current)
    const ports = { inputs: type?.inputs ?? [], outputs: type?.outputs ?? [] }
    const way = far ? undefined : dragAids.splice?.wayAt(scene, at, container ?? null, ports, reachOf(flow.getState().transform[2]))
    return { at, container, way }
  }
  const onDragOver = (event: DragEvent) => {
    if (!event.dataTransfer.types.includes(draggedNodeType)) return
    event.preventDefault()
    const { way, container } = find(event)
    targets.setOwn(way?.edge.id ?? container)
  }
  const onDragLeave = () => targets.setOwn(undefined)
  const onDrop = (event: DragEvent) => {
    const type = event.dataTransfer.getData(draggedNodeType)
    if (type === '' || !graph.canEdit) return
    event.preventDefault()
    onDragLeave()
    const { at, container, way } = find(event)
    graph.document.gesture(() => {
      const made = createNode(graph, type, at, scene.nodes.get(container ?? ''))
      if (way) dragAids.splice?.putInto(graph, scene, way, made)
    }, undefined, 'add a node')
  }
  return { onDragOver, onDragLeave, onDrop }
}

/** While something is dragged over it, a page may see of what kind it is, and not what. */
function useDraggedType() {
  const type = useRef('')
  useEffect(() => {
    const onDragStart = ({ dataTransfer }: globalThis.DragEvent) => {
      type.current = dataTransfer?.getData(draggedNodeType) ?? ''
    }
    window.addEventListener('dragstart', onDragStart)
    return () => window.removeEventListener('dragstart', onDragStart)
  }, [])
  return type
}
