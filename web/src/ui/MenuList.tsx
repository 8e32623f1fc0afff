import { Check } from 'lucide-react'
import { Fragment, type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react'

import { classNames } from './classNames'
import { Floating } from './Floating'
import { Kbd } from './Kbd'
import styles from './Menu.module.css'
import type { Align, Rect, Side } from './placeBeside'

export interface MenuItem {
  id: string
  label: string
  icon?: ReactNode
  keys?: string
  danger?: boolean
  disabled?: boolean
  /** The item opens an input: the focus stays there instead of going back to the menu's button. */
  takesFocus?: boolean
  /** Set for an item that is one of several choices. */
  checked?: boolean
  run: () => void
}

/** Groups of items; a line is drawn between groups. */
export type MenuItems = MenuItem[][]

export interface MenuListProps {
  anchor: Element | Rect
  label: string
  items: MenuItems
  header?: ReactNode
  side: Side
  align: Align
  gap?: number
  /** `focusBack`: what had the focus gets it back. */
  onClose: (how: { focusBack: boolean }) => void
}

/** An open menu: arrow keys and letters go through it, Enter chooses, Escape and Tab close it. */
export function MenuList({ anchor, label, items, header, side, align, gap = 4, onClose }: MenuListProps) {
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => list.current?.focus({ preventScroll: true }), [])
  const pictured = items.flat().some((item) => item.icon !== undefined || item.checked !== undefined)
  const choose = (item: MenuItem) => {
    if (item.disabled === true) return
    onClose({ focusBack: item.takesFocus !== true })
    item.run()
  }
  return (
    <Floating
      anchor={anchor}
      side={side}
      align={align}
      gap={gap}
      className={styles.menu}
      onDismiss={(how) => onClose({ focusBack: how === 'escape' })}
      onContextMenu={(event) => event.preventDefault()}
    >
      {header !== undefined && <div className={styles.header}>{header}</div>}
      <div
        ref={list}
        role="menu"
        aria-label={label}
        tabIndex={-1}
        className={styles.list}
        onKeyDown={(event) => {
          if (event.key === 'Tab') onClose({ focusBack: true })
          else if (!walk(event, list.current)) return
          event.preventDefault()
        }}
      >
        {items.map((group, index) => (
          <Fragment key={group[0]?.id ?? index}>
            {(index > 0 || header !== undefined) && <div role="separator" className={styles.line} />}
            {group.map((item) => (
              <div
                key={item.id}
                role={item.checked === undefined ? 'menuitem' : 'menuitemradio'}
                aria-checked={item.checked}
                aria-disabled={item.disabled}
                tabIndex={-1}
                className={classNames(styles.item, item.danger === true && styles.danger)}
                onPointerMove={({ currentTarget }) => {
                  if (currentTarget !== document.activeElement) currentTarget.focus({ preventScroll: true })
                }}
                onClick={() => choose(item)}
                onKeyDown={(event) => {
                  if (event.key !== 'Enter' && event.key !== ' ') return
                  event.preventDefault()
                  choose(item)
                }}
              >
                {pictured && <span className={styles.icon}>{item.checked === true ? <Check size={15} /> : item.icon}</span>}
                <span className={styles.label}>{item.label}</span>
                {item.keys !== undefined && <Kbd keys={item.keys} />}
              </div>
            ))}
          </Fragment>
        ))}
      </div>
    </Floating>
  )
}

/** Move the focus through the items; false for keys that do something else. */
function walk({ key, ctrlKey, metaKey, altKey }: KeyboardEvent, list: HTMLElement | null): boolean {
  const items = [...(list?.querySelectorAll<HTMLElement>('[role^="menuitem"]:not([aria-disabled="true"])') ?? [])]
  const at = items.findIndex((item) => item === document.activeElement)
  const letter = key.length === 1 && key !== ' ' && !ctrlKey && !metaKey && !altKey ? key.toLowerCase() : undefined
  const steps: Record<string, number> = {
    ArrowDown: (at + 1) % items.length,
    ArrowUp: (at < 1 ? items.length : at) - 1,
    Home: 0,
    End: items.length - 1,
  }
  const to =
    letter === undefined
      ? steps[key]
      : items.findIndex((item, index) => index > at && item.textContent.toLowerCase().startsWith(letter))
  if (to === undefined) return false
  items[to]?.focus()
  return true
}
