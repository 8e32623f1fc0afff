import type { ComponentProps, MouseEvent, ReactNode } from 'react'

import styles from './Button.module.css'
import { classNames } from './classNames'
import { Spinner } from './Spinner'

export interface ButtonProps extends ComponentProps<'button'> {
  variant?: 'primary' | 'secondary' | 'ghost' | 'danger'
  size?: 'small' | 'medium'
  icon?: ReactNode
  /**
   * Shows a spinner and refuses clicks while something it started is under way. It is not `disabled` meanwhile: a browser
   * takes the keyboard away from what is, and who pressed Enter would be nowhere.
   */
  busy?: boolean
}

export function Button({
  variant = 'secondary',
  size = 'medium',
  icon,
  busy = false,
  className,
  children,
  onClick,
  type = 'button',
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      aria-busy={busy || undefined}
      aria-disabled={busy || rest['aria-disabled']}
      onClick={busy ? refuse : onClick}
      className={classNames(styles.button, styles[variant], styles[size], className)}
    >
      {busy ? <Spinner size={14} /> : icon}
      {children}
    </button>
  )
}

/** A form is not sent twice either: the browser sends it by a click on this button, also for Enter in a field. */
function refuse(event: MouseEvent): void {
  event.preventDefault()
}
