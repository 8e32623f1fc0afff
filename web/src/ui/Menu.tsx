import { Check } from 'lucide-react'
import { ContextMenu as RadixContext, DropdownMenu as Radix } from 'radix-ui'
import { Fragment, useRef, type ReactNode } from 'react'

import { classNames } from './classNames'
import { Kbd } from './Kbd'
import styles from './Menu.module.css'

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

export interface MenuProps {
  trigger: ReactNode
  items: MenuItems
  header?: ReactNode
  align?: 'start' | 'center' | 'end'
  side?: 'top' | 'right' | 'bottom' | 'left'
}

export function Menu({ trigger, items, header, align = 'end', side = 'bottom' }: MenuProps) {
  const keepFocus = useRef(false)
  return (
    // Not modal: a modal menu hides the page from screen readers while the focus can still get there.
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          className={styles.menu}
          align={align}
          side={side}
          sideOffset={4}
          collisionPadding={8}
          onCloseAutoFocus={(event) => {
            if (keepFocus.current) event.preventDefault()
            keepFocus.current = false
          }}
        >
          {header !== undefined && <div className={styles.header}>{header}</div>}
          {items.map((group, index) => (
            <Fragment key={group[0]?.id ?? index}>
              {(index > 0 || header !== undefined) && <Radix.Separator className={styles.line} />}
              {group.map((item) => (
                <Radix.Item
                  key={item.id}
                  {...itemProps(item)}
                  onSelect={() => {
                    keepFocus.current = item.takesFocus === true
                    item.run()
                  }}
                >
                  <MenuItemFace item={item} />
                </Radix.Item>
              ))}
            </Fragment>
          ))}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

/** The same items on a right click (or the menu key) anywhere on `children`. */
export function ContextMenu({ items, children }: { items: MenuItems; children: ReactNode }) {
  return (
    <RadixContext.Root modal={false}>
      <RadixContext.Trigger asChild>{children}</RadixContext.Trigger>
      <RadixContext.Portal>
        <RadixContext.Content className={styles.menu} collisionPadding={8}>
          {items.map((group, index) => (
            <Fragment key={group[0]?.id ?? index}>
              {index > 0 && <RadixContext.Separator className={styles.line} />}
              {group.map((item) => (
                <RadixContext.Item key={item.id} {...itemProps(item)}>
                  <MenuItemFace item={item} />
                </RadixContext.Item>
              ))}
            </Fragment>
          ))}
        </RadixContext.Content>
      </RadixContext.Portal>
    </RadixContext.Root>
  )
}

function itemProps(item: MenuItem) {
  return {
    className: classNames(styles.item, item.danger === true && styles.danger),
    disabled: item.disabled,
    onSelect: item.run,
  }
}

function MenuItemFace({ item }: { item: MenuItem }) {
  return (
    <>
      <span className={styles.icon}>{item.checked === true ? <Check size={15} /> : item.icon}</span>
      <span className={styles.label}>{item.label}</span>
      {item.keys !== undefined && <Kbd keys={item.keys} />}
    </>
  )
}
