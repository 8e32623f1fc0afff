import { type KeyboardEvent, type MouseEvent, type ReactElement, type ReactNode, useRef, useState } from 'react'

import { type MenuItems, MenuList } from './MenuList'
import type { Align, Rect, Side } from './placeBeside'
import { WithProps } from './WithProps'

export type { MenuItem, MenuItems } from './MenuList'

export interface MenuProps {
  trigger: ReactElement
  items: MenuItems
  header?: ReactNode
  align?: Align
  side?: Side
}

/** A button and the menu it opens. */
export function Menu({ trigger, items, header, align = 'end', side = 'bottom' }: MenuProps) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  return (
    <>
      <WithProps
        element={trigger}
        aria-haspopup="menu"
        aria-expanded={anchor !== null}
        data-state={anchor === null ? 'closed' : 'open'}
        onClick={({ currentTarget }: MouseEvent<HTMLElement>) => setAnchor(anchor === null ? currentTarget : null)}
        onKeyDown={(event: KeyboardEvent<HTMLElement>) => {
          if (event.key !== 'ArrowDown') return
          event.preventDefault()
          setAnchor(event.currentTarget)
        }}
      />
      {anchor !== null && (
        <MenuList
          anchor={anchor}
          label={anchor.getAttribute('aria-label') ?? anchor.textContent}
          items={items}
          header={header}
          side={side}
          align={align}
          onClose={({ focusBack }) => {
            if (focusBack) anchor.focus()
            setAnchor(null)
          }}
        />
      )}
    </>
  )
}

/** The same items on a right click (or the menu key) anywhere on `children`. */
export function ContextMenu({ items, children }: { items: MenuItems; children: ReactElement }) {
  const [place, setPlace] = useState<Rect | null>(null)
  const before = useRef<Element | null>(null)
  return (
    <>
      <WithProps
        element={children}
        onContextMenu={(event: MouseEvent) => {
          if (event.defaultPrevented) return
          event.preventDefault()
          before.current = document.activeElement
          setPlace({ left: event.clientX, top: event.clientY, width: 0, height: 0 })
        }}
      />
      {place !== null && (
        <MenuList
          key={`${place.left} ${place.top}`}
          anchor={place}
          label="Actions"
          items={items}
          side="right"
          align="start"
          gap={2}
          onClose={({ focusBack }) => {
            if (focusBack && before.current instanceof HTMLElement) before.current.focus({ preventScroll: true })
            setPlace(null)
          }}
        />
      )}
    </>
  )
}
