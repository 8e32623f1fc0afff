import type { ComponentProps, ReactNode } from 'react'

import { classNames } from './classNames'
import styles from './IconButton.module.css'
import { Tooltip } from './Tooltip'

export interface IconButtonProps extends Omit<ComponentProps<'button'>, 'aria-label'> {
  /** Names the button for screen readers and in its tooltip. */
  label: string
  icon: ReactNode
  keys?: string
  size?: 'small' | 'medium'
  pressed?: boolean
  tooltipSide?: 'top' | 'right' | 'bottom' | 'left'
}

export function IconButton({
  label,
  icon,
  keys,
  size = 'medium',
  pressed,
  tooltipSide,
  className,
  type = 'button',
  ...rest
}: IconButtonProps) {
  return (
    <Tooltip label={label} keys={keys} side={tooltipSide}>
      <button
        {...rest}
        type={type}
        aria-label={label}
        aria-pressed={pressed}
        className={classNames(styles.button, styles[size], className)}
      >
        {icon}
      </button>
    </Tooltip>
  )
}
