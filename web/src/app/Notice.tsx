/** A whole page that says one thing: what is being opened, or what is wrong and what to do. */
import type { ReactNode } from 'react'
import { Spinner } from '@/ui/Spinner'
import styles from './Notice.module.css'

export function Notice({ title, children, action, busy = false }: { title: string; children?: ReactNode; action?: ReactNode; busy?: boolean }) {
  return (
    <main className={styles.page} aria-busy={busy}>
      {busy && <Spinner size={20} />}
      <h1 className={busy ? styles.quiet : styles.title}>{title}</h1>
      {children !== undefined && <p className={styles.text}>{children}</p>}
      {action}
    </main>
  )
}
