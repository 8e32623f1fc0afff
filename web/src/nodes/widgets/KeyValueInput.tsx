import { Plus, X } from 'lucide-react'
import { useState } from 'react'

import { Button } from '@/ui/Button'
import { IconButton } from '@/ui/IconButton'
import { DraftInput } from '@/ui/TextInput'

import styles from './rows.module.css'

type Pairs = [key: string, value: string][]

export interface KeyValueInputProps {
  labelledBy: string
  value: Pairs
  disabled: boolean
  onChange: (value: Record<string, string>) => void
}

/** Names and values, such as headers. A new line becomes part of the value once it has a name. */
export function KeyValueInput({ labelledBy, value, disabled, onChange }: KeyValueInputProps) {
  const [adding, setAdding] = useState(false)
  const write = (pairs: Pairs) => {
    onChange(Object.fromEntries(pairs))
  }
  return (
    <div role="group" aria-labelledby={labelledBy} className={styles.rows}>
      {value.map(([key, content], index) => (
        <div key={key} className={styles.row}>
          <DraftInput
            aria-label={`Name ${index + 1}`}
            className={styles.name}
            value={key}
            disabled={disabled}
            onCommit={(next) => {
              if (next.trim() !== '') write(value.with(index, [next.trim(), content]))
            }}
          />
          <DraftInput
            aria-label={`Value of ${key}`}
            value={content}
            disabled={disabled}
            onCommit={(next) => {
              write(value.with(index, [key, next]))
            }}
          />
          {!disabled && (
            <IconButton
              size="small"
              label={`Remove ${key}`}
              icon={<X size={14} />}
              onClick={() => {
                write(value.toSpliced(index, 1))
              }}
            />
          )}
        </div>
      ))}
      {adding && (
        <div className={styles.row}>
          <DraftInput
            aria-label="New name"
            placeholder="Name"
            autoFocus
            value=""
            onCommit={(next) => {
              if (next.trim() !== '') write([...value, [next.trim(), '']])
            }}
            onBlur={() => {
              setAdding(false)
            }}
          />
        </div>
      )}
      {!disabled && !adding && (
        <Button
          variant="ghost"
          size="small"
          className={styles.add}
          icon={<Plus size={14} />}
          onClick={() => {
            setAdding(true)
          }}
        >
          Add
        </Button>
      )}
    </div>
  )
}

export function readPairs(value: unknown): Pairs {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).map(([key, content]) => [
    key,
    typeof content === 'string' ? content : JSON.stringify(content),
  ])
}
