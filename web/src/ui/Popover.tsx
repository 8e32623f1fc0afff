import { type FocusEvent, type MouseEvent, type ReactElement, type ReactNode, useEffect, useRef, useState } from 'react'

import { Boundary } from './Boundary'
import { Floating } from './Floating'
import type { Align, Side } from './placeBeside'
import styles from './Popover.module.css'
import { WithProps } from './WithProps'

export interface PopoverProps {
  trigger: ReactElement
  /** Names the region for screen readers. */
  label: string
  /** What is in it; as a function it is given how to close it, which gives the focus back. */
  children: ReactNode | ((close: () => void) => ReactNode)
  align?: Align
  side?: Side
  width?: number
}

/** A small window that a button opens; the focus goes into it, and back when it closes. */
export function Popover({ trigger, label, children, align = 'center', side = 'bottom', width = 280 }: PopoverProps) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  const close = (how: 'escape' | 'elsewhere') => {
    if (how === 'escape') anchor?.focus()
    setAnchor(null)
  }
  return (
    <>
      <WithProps
        element={trigger}
        aria-haspopup="dialog"
        aria-expanded={anchor !== null}
        data-state={anchor === null ? 'closed' : 'open'}
        onClick={({ currentTarget }: MouseEvent<HTMLElement>) => setAnchor(anchor === null ? currentTarget : null)}
      />
      {anchor !== null && (
        <Floating
          anchor={anchor}
          side={side}
          align={align}
          role="dialog"
          aria-label={label}
          className={styles.popover}
          style={{ width }}
          onDismiss={close}
          onBlur={({ currentTarget, relatedTarget }: FocusEvent) => {
            if (relatedTarget instanceof Node && relatedTarget !== anchor && !currentTarget.contains(relatedTarget)) close('elsewhere')
          }}
        >
          <Content>{typeof children === 'function' ? children(() => close('escape')) : children}</Content>
        </Floating>
      )}
    </>
  )
}

/** Takes the focus when it appears: the window itself, since its first field may not be what one came for. */
function Content({ children }: { children: ReactNode }) {
  const content = useRef<HTMLDivElement>(null)
  useEffect(() => content.current?.focus({ preventScroll: true }), [])
  return (
    <div ref={content} tabIndex={-1} className={styles.content}>
      <Boundary>{children}</Boundary>
    </div>
  )
}
