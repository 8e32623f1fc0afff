import type { ReactNode } from 'react'

import styles from './Count.module.css'

const most = 99

/** A number at the corner of an icon; nothing when it is 0. What it counts is said by the button's label. */
export function Count({ of, children }: { of: number; children: ReactNode }) {
  return (
    <span className={styles.place}>
      {children}
      {of > 0 && (
        <span className={styles.corner} aria-hidden>
          {shown(of)}
        </span>
      )}
    </span>
  )
}

/** The same after a word. */
export function CountBadge({ of, what = 'unread' }: { of: number; what?: string }) {
  if (of === 0) return null
  return (
    <span className={styles.badge}>
      {shown(of)}
      <span className="visually-hidden"> {what}</span>
    </span>
  )
}

const shown = (count: number) => (count > most ? `${String(most)}+` : count)
