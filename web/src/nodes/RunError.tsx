import { TriangleAlert } from 'lucide-react'

import styles from './RunError.module.css'

/** Why a node failed, in the words of the error, with its type in small. */
export function RunError({ error }: { error: Record<string, unknown> }) {
  const type = typeof error['type'] === 'string' ? error['type'] : null
  return (
    <div className={styles.error}>
      <TriangleAlert size={14} aria-hidden className={styles.icon} />
      <div className={styles.words}>
        <span>{errorMessage(error)}</span>
        {type !== null && <code className={styles.type}>{type}</code>}
      </div>
    </div>
  )
}

export function errorMessage(error: Record<string, unknown>): string {
  const message = error['message'] ?? error['detail'] ?? error['title']
  return typeof message === 'string' && message !== '' ? message : JSON.stringify(error)
}
