/**
 * Comments where they belong: a pin for every open thread in view. Nothing renders while the canvas is panned; pins are
 * moved as they stand, and come and go as they enter and leave the view.
 */
import { useStoreApi } from '@xyflow/react'
import { memo, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { type Talk, useEditorView } from '@/commands/editorView'
import { closeTalk, openThread } from '@/commands/talk'
import { anchorKey, pinKey } from '@/document/anchors'
import { Frame } from '@/document/frame'
import { useGraph, useThreads, useUnread } from '@/document/hooks'
import type { Thread } from '@/document/schema.gen'
import { pinWords } from '@/document/threadWords'
import { Avatar } from '@/ui/Avatar'
import { classNames } from '@/ui/classNames'
import { Tooltip } from '@/ui/Tooltip'
import type { Moving } from './flowElements'
import { type Pin, pinsInView, pinsOf } from './pinPlaces'
import styles from './Pins.module.css'
import { type Scene, withMoving } from './scene'

const standingStill: Moving = new Map()

export function Pins({ scene, moving, far }: { scene: Scene; moving: Moving; far: boolean }) {
  const threads = useThreads()
  const talk = useEditorView((view) => (view.talk?.where === 'pin' ? view.talk : null))
  const shown = useMemo(() => threads.filter(({ state, id }) => state === 'open' || id === talk?.thread), [threads, talk])
  const moved = shown.length > 0 ? moving : standingStill
  const placed = useMemo(() => withMoving(scene, moved), [scene, moved])
  const pins = useMemo(() => pinsOf(shown, placed, talk?.anchor), [shown, placed, talk])
  const open = talk === null ? undefined : pinKey(talk.anchor)
  const { layer, inView } = usePlaces(pins, open)
  return (
    <div ref={layer} className={styles.layer} data-far={far || undefined} data-testid="pins">
      {pins.map(
        (pin) =>
          inView.has(pin.key) && (
            <div key={pin.key} className={styles.place} data-key={pin.key}>
              <PinButton pinKey={pin.key} threads={pin.threads} isOpen={pin.key === open} talk={pin.key === open ? talk : null} />
            </div>
          ),
      )}
    </div>
  )
}

/** Which pins are in view; moves those that are with the canvas, once per frame. */
function usePlaces(pins: readonly Pin[], open: string | undefined) {
  const flow = useStoreApi()
  const layer = useRef<HTMLDivElement>(null)
  const [inView, setInView] = useState<ReadonlySet<string>>(new Set())
  useLayoutEffect(() => {
    const places = new Map(pins.map((pin) => [pin.key, pin.at]))
    const place = () => {
      const { transform, width, height } = flow.getState()
      const view = { x: transform[0], y: transform[1], zoom: transform[2] }
      const seen = new Set(pinsInView(pins, view, { width, height }, open))
      setInView((before) => (before.size === seen.size && [...seen].every((key) => before.has(key)) ? before : seen))
      layer.current?.style.setProperty('--far-size', `${String(farSize(view.zoom))}px`)
      for (const element of layer.current?.children ?? []) move(element, places, view)
    }
    place()
    const frame = new Frame(place)
    const stop = flow.subscribe(() => frame.request())
    return () => {
      stop()
      frame.drop()
    }
  }, [pins, open, flow, inView])
  return { layer, inView }
}

/** From far away a pin is a dot, and the further the smaller, so that many of them hide nothing. */
const farSize = (zoom: number) => Math.round(Math.min(14, Math.max(6, zoom * 40)))

function move(element: Element, places: ReadonlyMap<string, readonly [number, number]>, view: { x: number; y: number; zoom: number }): void {
  if (!(element instanceof HTMLElement)) return
  const at = places.get(element.dataset['key'] ?? '')
  if (at === undefined) return
  element.style.transform = `translate(${String(at[0] * view.zoom + view.x)}px, ${String(at[1] * view.zoom + view.y)}px)`
}

interface PinButtonProps {
  pinKey: string
  threads: readonly Thread[]
  isOpen: boolean
  talk: Talk | null
}

const PinButton = memo(function PinButton({ pinKey: key, threads, isOpen, talk }: PinButtonProps) {
  const graph = useGraph()
  const unread = useUnread()
  const news = threads.reduce((sum, { id }) => sum + (unread.get(id) ?? 0), 0)
  // What is about the node itself comes before what is about one of its fields.
  const inOrder = [...threads].sort((a, b) => Number(anchorKey(b.anchor) === key) - Number(anchorKey(a.anchor) === key))
  const first = inOrder.find(({ id }) => unread.has(id)) ?? inOrder[0]
  const user = first?.messages[0]?.author ?? graph.me
  const said = threads.reduce((sum, { messages }) => sum + messages.length, 0)
  const words = pinWords(threads, news)
  const toggle = () => {
    if (talk !== null || first === undefined) closeTalk()
    else openThread(graph, first, 'pin', key)
  }
  return (
    <Tooltip label={words.preview} side="top">
      <button
        type="button"
        data-pin={key}
        data-unread={news > 0 || undefined}
        aria-label={words.label}
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        className={classNames(styles.pin, isOpen && styles.open, threads.every(({ state }) => state === 'resolved') && threads.length > 0 && styles.resolved)}
        onClick={toggle}
      >
        <Avatar name={user.name} colour={user.colour} size={22} />
        {said > 1 && <span className={styles.count}>{said}</span>}
        {news > 0 && <span className={styles.unread} />}
      </button>
    </Tooltip>
  )
})
