/** Comment mode: the next click says what a comment is about, which is a node, an edge or a place; Enter takes the middle. */
import { useReactFlow } from '@xyflow/react'
import { MessageSquarePlus } from 'lucide-react'
import { type MouseEvent, useEffect, useRef } from 'react'
import { showInEditor } from '@/commands/editorView'
import { beginTalk } from '@/commands/talk'
import type { WritableAnchor } from '@/document/anchors'
import { useGraph } from '@/document/hooks'
import { headerHeight } from './geometry'
import styles from './Pins.module.css'
import { nodeAt, type Scene } from './scene'

export function PlaceComment({ scene }: { scene: Scene }) {
  const { camera } = useGraph()
  const { screenToFlowPosition } = useReactFlow()
  const ground = useRef<HTMLButtonElement>(null)
  useEffect(() => ground.current?.focus({ preventScroll: true }), [])
  const put = (event: MouseEvent) => {
    // A click by key has no place of its own.
    const byKey = event.detail === 0
    const { x, y } = screenToFlowPosition({ x: event.clientX, y: event.clientY }, { snapToGrid: false })
    const at: [number, number] = byKey ? camera.centre() : [x, y]
    beginTalk(aboutWhat(scene, at, byKey ? undefined : edgeUnder(event)))
  }
  return (
    <>
      <button ref={ground} type="button" className={styles.placing} aria-label="Put the comment in the middle of the view" onClick={put} onContextMenu={cancel} />
      <p className={styles.hint} role="status">
        <MessageSquarePlus size={15} aria-hidden />
        Click what the comment is about
        <span className={styles.quiet}>Esc cancels</span>
      </p>
    </>
  )
}

function cancel(event: MouseEvent): void {
  event.preventDefault()
  showInEditor({ placing: false })
}

/** The inside of a container is open ground, as it is for everything else that is put somewhere. */
function aboutWhat(scene: Scene, at: readonly [number, number], edge: string | undefined): WritableAnchor {
  const found = scene.nodes.get(nodeAt(scene, at) ?? '')
  const isGround = found?.type?.container === true && at[1] > found.box.y + headerHeight
  if (found !== undefined && !isGround) return { type: 'node', node: found.node.id }
  if (edge !== undefined) return { type: 'edge', edge }
  return { type: 'canvas', at: [Math.round(at[0]), Math.round(at[1])] }
}

function edgeUnder({ clientX, clientY }: MouseEvent): string | undefined {
  const edges = document.elementsFromPoint(clientX, clientY).map((element) => element.closest('.react-flow__edge'))
  return edges.find((edge) => edge !== null)?.getAttribute('data-id') ?? undefined
}
