/** The parts of the canvas that one does not begin with: each is fetched when there is something for it to show. */
import { type ReactNode, Suspense } from 'react'
import { useEditorView } from '@/commands/editorView'
import { usePeers, useThreads } from '@/document/hooks'
import type { Moving } from './flowElements'
import type { Scene } from './scene'
import { Boundary } from '@/ui/Boundary'
import { later } from '@/ui/later'

const importPins = () => import('./Pins')
const importFarLayer = () => import('./FarLayer')
const importMiniMap = () => import('./MiniMap')
const importPlaceComment = () => import('./PlaceComment')
const importCursors = () => import('./Cursors')

const Pins = later(() => importPins().then((module) => ({ default: module.Pins })))
const FarLayer = later(() => importFarLayer().then((module) => ({ default: module.FarLayer })))
const MiniMap = later(() => importMiniMap().then((module) => ({ default: module.MiniMap })))
const PlaceComment = later(() => importPlaceComment().then((module) => ({ default: module.PlaceComment })))
const Cursors = later(() => importCursors().then((module) => ({ default: module.Cursors })))

/** What breaks over the canvas leaves the cards alone. */
function Apart({ children }: { children: ReactNode }) {
  return (
    <Boundary apart>
      <Suspense fallback={null}>{children}</Suspense>
    </Boundary>
  )
}

/** For whoever fetches ahead of use. */
export const laterCanvasParts = [importCursors, importMiniMap, importFarLayer, importPins, importPlaceComment] as const

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
