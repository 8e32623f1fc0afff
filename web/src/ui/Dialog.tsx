import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import { useRef, type ReactNode } from 'react'

import { Boundary } from './Boundary'
import styles from './Dialog.module.css'
import { IconButton } from './IconButton'
import { focusBack } from './keepFocus'

export interface DialogProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: string
  description?: ReactNode
  children?: ReactNode
  footer?: ReactNode
  width?: number
}

/**
 * A modal window. It is opened by state and not by a Radix trigger, and Radix then drops the focus on close:
 * so the element that had it when the window opened gets it back here, which may be in the window below; or, where that is
 * gone, what is nearest.
 */
export function Dialog({ open, onOpenChange, title, description, children, footer, width = 440 }: DialogProps) {
  const focusedBefore = useRef<Element | null>(null)
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={styles.overlay} />
        <Radix.Content
          tabIndex={-1}
          data-dialog
          onEscapeKeyDown={(event) => {
            // Escape first closes what floats over the window, such as an open select.
            if (event.target instanceof Element && event.target.closest('[data-dismissable]') !== null) event.preventDefault()
          }}
          className={styles.dialog}
          style={{ width: `min(${width}px, calc(100vw - 32px))` }}
          {...(description === undefined ? { 'aria-describedby': undefined } : {})}
          onOpenAutoFocus={(event) => {
            focusedBefore.current = document.activeElement
            // The window itself takes the focus, or the field marked for it: not its first button, the one that closes it.
            event.preventDefault()
            if (!(event.currentTarget instanceof HTMLElement)) return
            ;(event.currentTarget.querySelector<HTMLElement>('[data-autofocus]') ?? event.currentTarget).focus()
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault()
            focusBack(focusedBefore.current)
          }}
        >
          <header className={styles.header}>
            <Radix.Title className={styles.title}>{title}</Radix.Title>
            <Radix.Close asChild>
              <IconButton label="Close" icon={<X size={16} />} size="small" />
            </Radix.Close>
          </header>
          {description !== undefined && (
            <Radix.Description className={styles.description}>{description}</Radix.Description>
          )}
          {children !== undefined && (
            <div className={styles.body}>
              <Boundary>{children}</Boundary>
            </div>
          )}
          {footer !== undefined && <footer className={styles.footer}>{footer}</footer>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
