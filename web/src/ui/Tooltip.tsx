import { type PointerEvent, type FocusEvent, type ReactElement, type ReactNode, useEffect, useId, useRef, useState } from 'react'

import { Floating } from './Floating'
import { Kbd } from './Kbd'
import type { Side } from './placeBeside'
import styles from './Tooltip.module.css'
import { WithProps } from './WithProps'

export interface TooltipProps {
  label: ReactNode
  /** A shortcut such as "Mod+Z", drawn as keys. */
  keys?: string
  side?: Side
  children: ReactElement
}

const delayMs = 450
const skipDelayMs = 250

/** Whoever has just read one tooltip reads the next without waiting. */
const reading = {
  stoppedAt: -Infinity,
  stop() {
    this.stoppedAt = performance.now()
  },
  wait(): number {
    return performance.now() - this.stoppedAt < skipDelayMs ? 0 : delayMs
  },
}

/** Says what something is while the pointer rests on it or the keyboard is at it. */
export function Tooltip({ label, keys, side = 'bottom', children }: TooltipProps) {
  const [anchor, setAnchor] = useState<Element | null>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const id = useId()
  useEffect(() => () => clearTimeout(timer.current), [])

  const open = (element: Element, wait: number) => {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => setAnchor(element), wait)
  }
  const close = () => {
    clearTimeout(timer.current)
    if (anchor !== null) reading.stop()
    setAnchor(null)
  }
  return (
    <>
      <WithProps
        element={children}
        onPointerEnter={({ currentTarget, pointerType }: PointerEvent) => {
          if (pointerType !== 'touch') open(currentTarget, reading.wait())
        }}
        onPointerLeave={close}
        onPointerDown={close}
        onClick={close}
        onFocus={({ currentTarget }: FocusEvent) => {
          if (currentTarget.matches(':focus-visible')) open(currentTarget, 0)
        }}
        onBlur={close}
        {...(anchor !== null && { 'aria-describedby': id })}
      />
      {anchor?.isConnected === true && (
        <Floating anchor={anchor} side={side} id={id} role="tooltip" className={styles.tooltip}>
          {label}
          {keys !== undefined && <Kbd keys={keys} />}
        </Floating>
      )}
    </>
  )
}
