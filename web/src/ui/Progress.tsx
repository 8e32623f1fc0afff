import { Progress as Radix } from 'radix-ui'

import styles from './Progress.module.css'

/** How far something is: `done` of `total`, or a moving bar while the total is unknown. */
export function Progress({ label, done, total }: { label: string; done: number; total?: number | null }) {
  const known = total !== undefined && total !== null && total > 0
  const percent = known ? Math.min(100, Math.round((done / total) * 100)) : null
  return (
    <Radix.Root className={styles.track} value={percent} aria-label={label}>
      <Radix.Indicator
        className={known ? styles.bar : styles.unknown}
        style={known ? { transform: `translateX(${(percent ?? 0) - 100}%)` } : undefined}
      />
    </Radix.Root>
  )
}
