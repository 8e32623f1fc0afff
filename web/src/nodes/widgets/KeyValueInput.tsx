import { Plus, X } from 'lucide-react'
import { useState } from 'react'

import { Button } from '@/ui/Button'
import { IconButton } from '@/ui/IconButton'
import { DraftInput } from '@/ui/TextInput'

import { NewName } from './NewName'
import styles from './rows.module.css'
import { useNewRow } from './useNewRow'
import { useRowKeys } from './useRowKeys'

type Pairs = [key: string, value: string][]

export interface KeyValueInputProps {
  labelledBy: string
  value: Pairs
  disabled: boolean
  onChange: (value: Record<string, string>) => void
}

/**
 * Names and values, such as headers. A new line becomes part of the value once it has a name, and then its value has the
 * keyboard. A name is there once: one that is there already is refused, or the value of the other would be gone.
 */
export function KeyValueInput({ labelledBy, value, disabled, onChange }: KeyValueInputProps) {
  const names = value.map(([name]) => name)
  const [adding, setAdding] = useState<'no' | 'naming' | { named: string }>('no')
  const [refused, setRefused] = useState<string>()
  const { focusOf, expectRow } = useNewRow<string>()
  const { keyOf, renameRow } = useRowKeys(names)
  const write = (pairs: Pairs) => {
    setRefused(undefined)
    onChange(Object.fromEntries(pairs))
  }
  const rename = (index: number, [from, content]: Pairs[number], wanted: string) => {
    const to = wanted.trim()
    if (to === '' || to === from) return
    if (names.includes(to)) {
      setRefused(to)
      return
    }
    renameRow(from, to)
    write(value.with(index, [to, content]))
  }
  const add = (name: string, goOn: boolean) => {
    setAdding(goOn ? { named: name } : 'no')
    if (goOn) expectRow(name)
    write([...value, [name, '']])
  }
  // The new line stands until the document has its row, so that the keyboard goes from one to the other.
  if (typeof adding === 'object' && names.includes(adding.named)) setAdding('no')
  return (
    <div role="group" aria-labelledby={labelledBy} className={styles.rows}>
      {value.map(([name, content], index) => (
        <div key={keyOf(name)} className={styles.row}>
          <DraftInput
            aria-label={`Name ${index + 1}`}
            className={styles.name}
            value={name}
            disabled={disabled}
            onCommit={(next) => rename(index, [name, content], next)}
          />
          <DraftInput
            {...focusOf(name)}
            aria-label={`Value of ${name}`}
            value={content}
            disabled={disabled}
            onCommit={(next) => write(value.with(index, [name, next]))}
          />
          {!disabled && (
            <IconButton
              size="small"
              label={`Remove ${name}`}
              icon={<X size={14} />}
              onClick={() => write(value.toSpliced(index, 1))}
            />
          )}
        </div>
      ))}
      {refused !== undefined && (
        <span role="alert" className={styles.wrong}>
          “{refused}” is there already; nothing was changed.
        </span>
      )}
      {adding !== 'no' && <NewName isTaken={(name) => names.includes(name)} onName={add} onGiveUp={() => setAdding('no')} />}
      {!disabled && adding === 'no' && (
        <Button
          variant="ghost"
          size="small"
          className={styles.add}
          icon={<Plus size={14} />}
          onClick={() => {
            setRefused(undefined)
            setAdding('naming')
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
