import type { ComponentProps, ReactNode } from 'react'

import styles from './Button.module.css'
import { classNames } from './classNames'
import { Spinner } from './Spinner'

export interface ButtonProps extends ComponentProps<'button'> {
  variant?: 'primary' | 'secondary' | 'ghost' | 'danger'
  size?: 'small' | 'medium'
  icon?: ReactNode
  /** Shows a spinner and refuses clicks while something it started is under way. */
  busy?: boolean
}

export function Button({
  variant = 'secondary',
  size = 'medium',
  icon,
  busy = false,
  className,
  children,
  disabled,
  type = 'button',
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      disabled={disabled === true || busy}
      aria-busy={busy || undefined}
      className={classNames(styles.button, styles[variant], styles[size], className)}
    >
      {busy ? <Spinner size={14} /> : icon}
      {children}
    </button>
  )
}
