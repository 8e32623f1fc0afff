/**
 * A layer beside an element: placed in the window, gone with Escape or a press elsewhere. What tooltips, popovers, menus
 * and selects stand on.
 */
import { type ComponentProps, type KeyboardEvent, useEffect, useEffectEvent, useLayoutEffect, useRef } from 'react'
import { createPortal } from 'react-dom'

import { type Beside, placeBeside, type Rect, type Side } from './placeBeside'

export interface FloatingProps extends Omit<ComponentProps<'div'>, 'ref'>, Partial<Beside> {
  /** What it floats beside: an element, or a place such as that of the pointer. */
  anchor: Element | Rect
  /** Asked for by Escape (`escape`) or by a press elsewhere; a layer without it goes with its anchor only. */
  onDismiss?: (how: 'escape' | 'elsewhere') => void
  /** At least as wide as its anchor. */
  asWide?: boolean
  /** Its anchor moves by itself, such as a pin on the canvas: go along. */
  goesAlong?: boolean
}

export function Floating({ anchor, side = 'bottom', align = 'center', gap = 6, onDismiss, asWide = false, goesAlong = false, style, ...rest }: FloatingProps) {
  const layer = useRef<HTMLDivElement>(null)
  const isWindow = onDismiss !== undefined

  useLayoutEffect(() => {
    const place = () => {
      const element = layer.current
      // What is no longer in the page stands nowhere: the layer stays where it was.
      if (element === null || (anchor instanceof Element && !anchor.isConnected)) return
      const rect = anchor instanceof Element ? extentOf(anchor, isWindow ? side : undefined) : anchor
      if (asWide) element.style.minWidth = `${rect.width}px`
      const size = { width: element.offsetWidth, height: element.offsetHeight }
      const window = { width: document.documentElement.clientWidth, height: document.documentElement.clientHeight }
      const { left, top } = placeBeside(rect, size, window, { side, align, gap })
      Object.assign(element.style, { left: `${left}px`, top: `${top}px` })
    }
    place()
    const stop = goesAlong && anchor instanceof Element ? whenMoved(anchor, place) : undefined
    // What it shows grows without a render of its own, such as a thread by a reply: the end of it stays in the window.
    const grown = new ResizeObserver(place)
    if (layer.current !== null) grown.observe(layer.current)
    addEventListener('resize', place)
    addEventListener('scroll', place, true)
    return () => {
      stop?.()
      grown.disconnect()
      removeEventListener('resize', place)
      removeEventListener('scroll', place, true)
    }
  })

  const dismiss = useEffectEvent(() => onDismiss?.('elsewhere'))
  useEffect(() => {
    const onPointerDown = ({ target }: PointerEvent) => {
      if (!(target instanceof Node) || layer.current?.contains(target) === true) return
      // A press on the anchor is the anchor's own affair: it opens and closes.
      if (anchor instanceof Element && anchor.contains(target)) return
      // So is one in a layer that was opened later, from this one: a menu, a palette.
      if (layer.current !== null && isInLaterLayer(target, layer.current)) return
      dismiss()
    }
    document.addEventListener('pointerdown', onPointerDown, true)
    return () => document.removeEventListener('pointerdown', onPointerDown, true)
  }, [anchor])

  return createPortal(
    <div
      {...rest}
      ref={layer}
      data-layer=""
      data-dismissable={isWindow || undefined}
      style={{ position: 'fixed', left: 0, top: 0, ...style }}
      onKeyDown={(event: KeyboardEvent<HTMLDivElement>) => {
        rest.onKeyDown?.(event)
        if (event.key === 'Escape' && onDismiss !== undefined) {
          event.preventDefault()
          onDismiss('escape')
        }
        // React passes events on to the parents in the tree, the page's own keys among them.
        event.stopPropagation()
      }}
    />,
    homeOf(anchor),
  )
}

/** What an element takes up; one in a bar as much height as the bar, so that a window that opens from it lies on no edge of the bar. */
function extentOf(element: Element, side: Side | undefined): Rect {
  const rect = element.getBoundingClientRect()
  const bar = side === 'top' || side === 'bottom' ? element.closest('[data-bar]')?.getBoundingClientRect() : undefined
  return bar ? { left: rect.left, width: rect.width, top: bar.top, height: bar.height } : rect
}

function isInLaterLayer(target: Node, layer: Element): boolean {
  const other = target instanceof Element ? target.closest('[data-layer]') : null
  return other !== null && (layer.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0
}

/** Look once per frame whether an element stands elsewhere now: nothing tells of a transform that changed. */
function whenMoved(element: Element, tell: () => void): () => void {
  let last = ''
  let frame = 0
  const look = () => {
    const { left, top } = element.getBoundingClientRect()
    const now = `${String(left)} ${String(top)}`
    if (now !== last) {
      if (last !== '') tell()
      last = now
    }
    frame = requestAnimationFrame(look)
  }
  look()
  return () => cancelAnimationFrame(frame)
}

/**
 * Where the layer hangs. A modal window keeps focus and pointer inside itself, so what floats over it is a part of it;
 * for the rest index.html has a landmark, which a page of a test may lack.
 */
function homeOf(anchor: Element | Rect): Element {
  const dialog = anchor instanceof Element ? anchor.closest('[data-dialog]') : null
  return dialog ?? document.getElementById('layers') ?? document.body
}
