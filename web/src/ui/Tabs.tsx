import { type KeyboardEvent, type ReactNode, useId } from 'react'

import { Boundary } from './Boundary'
import styles from './Tabs.module.css'

export interface Tab {
  id: string
  label: ReactNode
  content: ReactNode
}

export interface TabsProps {
  label: string
  tabs: readonly Tab[]
  value: string
  onChange: (id: string) => void
  /** Stands at the right end of the tab row. */
  aside?: ReactNode
}

/** Contents that share a place, one shown at a time; arrow keys go from tab to tab. */
export function Tabs({ label, tabs, value, onChange, aside }: TabsProps) {
  const id = useId()
  const at = Math.max(0, tabs.findIndex((tab) => tab.id === value))
  const shown = tabs[at]
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const steps: Record<string, number> = { ArrowRight: at + 1, ArrowLeft: at - 1 + tabs.length, Home: 0, End: tabs.length - 1 }
    const next = tabs[(steps[event.key] ?? NaN) % tabs.length]
    if (next === undefined) return
    event.preventDefault()
    onChange(next.id)
    event.currentTarget.querySelector<HTMLElement>(`[data-tab="${next.id}"]`)?.focus()
  }
  return (
    <div className={styles.tabs}>
      <div className={styles.row}>
        <div role="tablist" aria-label={label} className={styles.list} onKeyDown={onKeyDown}>
          {tabs.map((tab) => (
            <button
              key={tab.id}
              type="button"
              role="tab"
              id={`${id}-${tab.id}`}
              data-tab={tab.id}
              aria-selected={tab === shown}
              aria-controls={tab === shown ? `${id}-panel` : undefined}
              tabIndex={tab === shown ? 0 : -1}
              className={styles.tab}
              onClick={() => onChange(tab.id)}
            >
              {tab.label}
            </button>
          ))}
        </div>
        {aside}
      </div>
      {shown !== undefined && (
        <div key={shown.id} role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${shown.id}`} tabIndex={0} className={styles.content}>
          <Boundary>{shown.content}</Boundary>
        </div>
      )}
    </div>
  )
}
