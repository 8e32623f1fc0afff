import styles from './Progress.module.css'

/** How far something is: `done` of `total`, or a moving bar while the total is unknown. */
export function Progress({ label, done, total }: { label: string; done: number; total?: number | null }) {
  const known = total !== undefined && total !== null && total > 0
  const percent = known ? Math.min(100, Math.round((done / total) * 100)) : undefined
  return (
    <div role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={percent} className={styles.track}>
      <div
        className={known ? styles.bar : styles.unknown}
        style={percent === undefined ? undefined : { transform: `translateX(${percent - 100}%)` }}
      />
    </div>
  )
}
