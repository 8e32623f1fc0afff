/** The parts of the canvas that one does not begin with: each is fetched when there is something for it to show. */
import { type ReactNode, Suspense } from 'react'
import { useEditorView } from '@/commands/editorView'
import { usePeers, useThreads } from '@/document/hooks'
import type { Node } from '@/document/schema.gen'
import type * as Align from './align'
import type { Moving } from './flowElements'
import type { Scene } from './scene'
import type * as Splice from './splice'
import type { Drag } from './useDragging'
import { Boundary } from '@/ui/Boundary'
import { later } from '@/ui/later'

const importPins = () => import('./Pins')
const importFarLayer = () => import('./FarLayer')
const importMiniMap = () => import('./MiniMap')
const importPlaceComment = () => import('./PlaceComment')
const importCursors = () => import('./Cursors')
const importNextMenu = () => import('./NextMenu')
const importNameField = () => import('./NameField')
/** Wanted as soon as a pointer comes to the canvas: it may drag the next moment. */
export const importDragAids = async () => {
  const [parts, align, splice] = await Promise.all([import('./DragAids'), import('./align'), import('./splice')])
  Object.assign(dragAids, { align, splice })
  return parts
}

/** What one drags without until it is there: lines to keep to, and edges to come into. */
export const dragAids: { align?: typeof Align; splice?: typeof Splice } = {}

const Pins = later(() => importPins().then((module) => ({ default: module.Pins })))
const FarLayer = later(() => importFarLayer().then((module) => ({ default: module.FarLayer })))
const MiniMap = later(() => importMiniMap().then((module) => ({ default: module.MiniMap })))
const PlaceComment = later(() => importPlaceComment().then((module) => ({ default: module.PlaceComment })))
const Cursors = later(() => importCursors().then((module) => ({ default: module.Cursors })))
const NextMenu = later(() => importNextMenu().then((module) => ({ default: module.NextMenu })))
const DragAids = later(() => importDragAids().then((module) => ({ default: module.DragAids })))
const NameField = later(() => importNameField().then((module) => ({ default: module.NameField })))

/** What breaks over the canvas leaves the cards alone. */
function Apart({ children, meanwhile = null }: { children: ReactNode; meanwhile?: ReactNode }) {
  return (
    <Boundary apart>
      <Suspense fallback={meanwhile}>{children}</Suspense>
    </Boundary>
  )
}

/** What is typed meanwhile waits for the field: commands/listenAhead.ts. */
const fieldComes = <span data-field-comes />

/** For whoever fetches ahead of use. */
export const laterCanvasParts = [importDragAids, importCursors, importMiniMap, importNextMenu, importNameField, importFarLayer, importPins, importPlaceComment] as const

export function LaterPins(props: { scene: Scene; moving: Moving; far: boolean }) {
  const isTalking = useEditorView((view) => view.talk !== null)
  const anySaid = useThreads().length > 0
  return <Apart>{(anySaid || isTalking) && <Pins {...props} />}</Apart>
}

export function LaterFarLayer({ scene }: { scene: Scene }) {
  return (
    <Suspense fallback={null}>
      <FarLayer scene={scene} />
    </Suspense>
  )
}

export function LaterMiniMap({ scene }: { scene: Scene }) {
  return <Apart>{scene.nodes.size > 0 && <MiniMap scene={scene} />}</Apart>
}

export function LaterPlaceComment({ scene }: { scene: Scene }) {
  const placing = useEditorView((view) => view.placing)
  return <Apart>{placing && <PlaceComment scene={scene} />}</Apart>
}

export function LaterCursors() {
  const anyoneElse = usePeers().length > 0
  return <Apart>{anyoneElse && <Cursors />}</Apart>
}

export function LaterNameField({ node }: { node: Node }) {
  return (
    <Apart meanwhile={fieldComes}>
      <NameField node={node} />
    </Apart>
  )
}

export function LaterDragAids({ scene, drag }: { scene: Scene; drag: Drag | undefined }) {
  return <Apart>{drag && <DragAids scene={scene} drag={drag} />}</Apart>
}

export function LaterNextMenu({ scene }: { scene: Scene }) {
  const request = useEditorView((view) => view.openEnd)
  return <Apart meanwhile={fieldComes}>{request && <NextMenu scene={scene} request={request} />}</Apart>
}
