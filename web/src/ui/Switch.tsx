import { useId, type ReactNode } from 'react'

import styles from './Switch.module.css'

export interface SwitchProps {
  label: string
  hint?: ReactNode
  checked: boolean
  onChange: (checked: boolean) => void
  disabled?: boolean
  aside?: ReactNode
}

/** An on/off setting with its label; takes effect at once. */
export function Switch({ label, hint, checked, onChange, disabled, aside }: SwitchProps) {
  const id = useId()
  return (
    <div className={styles.row}>
      <div className={styles.words}>
        <div className={styles.top}>
          <label htmlFor={id} className={styles.label}>
            {label}
          </label>
          {aside}
        </div>
        {hint !== undefined && (
          <span id={`${id}-hint`} className={styles.hint}>
            {hint}
          </span>
        )}
      </div>
      <button
        type="button"
        role="switch"
        id={id}
        className={styles.track}
        aria-checked={checked}
        onClick={() => onChange(!checked)}
        disabled={disabled}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
      >
        <span className={styles.thumb} />
      </button>
    </div>
  )
}
