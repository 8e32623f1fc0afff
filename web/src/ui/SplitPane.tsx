import { useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react'

import { Boundary } from './Boundary'
import { classNames } from './classNames'
import styles from './SplitPane.module.css'

export interface SplitPaneProps {
  /** The side of the main part that the panel stands on. */
  side: 'left' | 'right' | 'bottom'
  label: string
  size: number
  onResize: (size: number) => void
  min?: number
  max?: number
  panel: ReactNode
  children: ReactNode
}

const STEP = 16

/** A main part and a panel whose edge can be dragged, or moved with the arrow keys; Home and End go to the limits. */
export function SplitPane({ side, label, size, onResize, min = 180, max = 640, panel, children }: SplitPaneProps) {
  const start = useRef<{ at: number; size: number } | null>(null)
  const [dragging, setDragging] = useState(false)
  const across = side === 'bottom'
  const towardsMain = side === 'left' ? 1 : -1
  const clamp = (next: number) => Math.round(Math.min(max, Math.max(min, next)))
  const place = (event: PointerEvent) => (across ? event.clientY : event.clientX)

  const onKeyDown = (event: KeyboardEvent) => {
    const grow = { left: 'ArrowRight', right: 'ArrowLeft', bottom: 'ArrowUp' }[side]
    const shrink = { left: 'ArrowLeft', right: 'ArrowRight', bottom: 'ArrowDown' }[side]
    const next = { [grow]: size + STEP, [shrink]: size - STEP, Home: min, End: max }[event.key]
    if (next === undefined) return
    event.preventDefault()
    onResize(clamp(next))
  }

  const separator = (
    <div
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={across ? 'horizontal' : 'vertical'}
      aria-valuenow={size}
      aria-valuemin={min}
      aria-valuemax={max}
      className={classNames(styles.separator, across ? styles.across : styles.upright, dragging && styles.dragging)}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId)
        start.current = { at: place(event), size }
        setDragging(true)
      }}
      onPointerMove={(event) => {
        if (start.current === null) return
        onResize(clamp(start.current.size + (place(event) - start.current.at) * towardsMain))
      }}
      onPointerUp={() => {
        start.current = null
        setDragging(false)
      }}
    />
  )

  return (
    <div className={classNames(styles.split, across && styles.stacked)}>
      {side === 'left' && <Panel across={across} size={size} content={panel} />}
      {side === 'left' && separator}
      <div className={styles.main}>{children}</div>
      {side !== 'left' && separator}
      {side !== 'left' && <Panel across={across} size={size} content={panel} />}
    </div>
  )
}

function Panel({ across, size, content }: { across: boolean; size: number; content: ReactNode }) {
  return (
    <div className={styles.panel} style={across ? { height: size } : { width: size }}>
      <Boundary>{content}</Boundary>
    </div>
  )
}
