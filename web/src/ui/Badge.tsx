import type { ReactNode } from 'react'

import { classNames } from './classNames'
import styles from './Badge.module.css'
import type { Tone } from './StatusDot'

/** A short fact in a soft capsule: a model's name, a state, a number of tokens. */
export function Badge({
  tone = 'idle',
  icon,
  children,
}: {
  tone?: Tone | 'accent'
  icon?: ReactNode
  children: ReactNode
}) {
  return (
    <span className={classNames(styles.badge, styles[tone])}>
      {icon}
      {children}
    </span>
  )
}
