import { Popover as Radix } from 'radix-ui'
import type { ReactNode } from 'react'

import styles from './Popover.module.css'

export interface PopoverProps {
  trigger: ReactNode
  /** Names the region for screen readers. */
  label: string
  children: ReactNode
  open?: boolean
  onOpenChange?: (open: boolean) => void
  align?: 'start' | 'center' | 'end'
  side?: 'top' | 'right' | 'bottom' | 'left'
  width?: number
}

export function Popover({
  trigger,
  label,
  children,
  open,
  onOpenChange,
  align = 'center',
  side = 'bottom',
  width = 280,
}: PopoverProps) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          className={styles.popover}
          style={{ width }}
          aria-label={label}
          align={align}
          side={side}
          sideOffset={6}
          collisionPadding={8}
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
