import { classNames } from './classNames'
import styles from './StatusDot.module.css'

export type Tone = 'idle' | 'running' | 'ok' | 'warn' | 'failed'

/** A small mark of a state; its meaning is always also written beside it. `alive` makes it breathe. */
export function StatusDot({ tone, alive = false }: { tone: Tone; alive?: boolean }) {
  return <span className={classNames(styles.dot, styles[tone], alive && styles.alive)} aria-hidden />
}
