import type { ReactNode } from 'react'

import { classNames } from './classNames'
import styles from './EmptyState.module.css'

export interface EmptyStateProps {
  icon?: ReactNode
  title: string
  /** Teaches what will stand here and how it gets here. */
  children?: ReactNode
  actions?: ReactNode
  compact?: boolean
}

export function EmptyState({ icon, title, children, actions, compact = false }: EmptyStateProps) {
  return (
    <div className={classNames(styles.empty, compact && styles.compact)}>
      {icon !== undefined && <div className={styles.icon}>{icon}</div>}
      <p className={styles.title}>{title}</p>
      {children !== undefined && <div className={styles.words}>{children}</div>}
      {actions !== undefined && <div className={styles.actions}>{actions}</div>}
    </div>
  )
}
