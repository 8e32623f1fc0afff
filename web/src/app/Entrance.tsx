/** The card one meets at the door: to sign in, to accept an invitation, to open a link. */
import { type ReactNode, useId } from 'react'

import { classNames } from '@/ui/classNames'
import { Logo } from '@/ui/Logo'

import styles from './Entrance.module.css'

export interface EntranceProps {
  title: string
  /** One or two sentences: what this is, and what one gets. */
  lead?: ReactNode
  children?: ReactNode
  /** Small print below the card: what to do if this is not what one needs. */
  foot?: ReactNode
  /** Whether it hides a page that is still there. */
  over?: boolean
}

export function Entrance({ title, lead, children, foot, over = false }: EntranceProps) {
  const heading = useId()
  return (
    <div className={classNames(styles.page, over && styles.over)} role={over ? 'dialog' : 'main'} aria-labelledby={over ? heading : undefined}>
      <div className={styles.card}>
        <Logo size={36} />
        <h1 id={heading} className={styles.title}>{title}</h1>
        {lead && <p className={styles.lead}>{lead}</p>}
        {children}
      </div>
      {foot !== undefined && <p className={styles.foot}>{foot}</p>}
    </div>
  )
}

/** What went wrong, read out as it appears; nothing takes no room. */
export function Refused({ children }: { children: string }) {
  return (
    <p className={styles.refused} role="alert">
      {children}
    </p>
  )
}
