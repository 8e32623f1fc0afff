/** The card one meets at the door: to sign in, to accept an invitation, to open a link. */
import type { ReactNode } from 'react'

import { Logo } from '@/ui/Logo'

import styles from './Entrance.module.css'

export interface EntranceProps {
  title: string
  /** One or two sentences: what this is, and what one gets. */
  lead?: ReactNode
  children?: ReactNode
  /** Small print below the card: what to do if this is not what one needs. */
  foot?: ReactNode
}

export function Entrance({ title, lead, children, foot }: EntranceProps) {
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <Logo size={36} />
        <h1 className={styles.title}>{title}</h1>
        {lead !== undefined && <p className={styles.lead}>{lead}</p>}
        {children}
      </div>
      {foot !== undefined && <p className={styles.foot}>{foot}</p>}
    </main>
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
