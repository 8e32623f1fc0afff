/** The frame of the pages beside the editor: a bar that leads back, a title, and what the page is about. */
import { type ReactNode, useEffect } from 'react'
import { Link } from 'wouter'

import { Logo } from '@/ui/Logo'

import { Corner } from './Corner'
import styles from './Page.module.css'

export function Page({ title, lead, children }: { title: string; lead?: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} – Flowroom`
    return () => {
      document.title = 'Flowroom'
    }
  }, [title])
  return (
    <div className={styles.page}>
      <header className={styles.bar} data-bar="">
        <nav aria-label="Flowroom" className={styles.path}>
          <Link href="/" className={styles.brand}>
            <Logo />
            Flowroom
          </Link>
        </nav>
        <Corner />
      </header>
      <main className={styles.main}>
        <h1 className={styles.title}>{title}</h1>
        {lead !== undefined && <p className={styles.lead}>{lead}</p>}
        {children}
      </main>
    </div>
  )
}
