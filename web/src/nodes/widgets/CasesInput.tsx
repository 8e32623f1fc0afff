import { ArrowDown, ArrowUp, Plus, X } from 'lucide-react'

import { Button } from '@/ui/Button'
import { IconButton } from '@/ui/IconButton'
import { DraftInput } from '@/ui/TextInput'

import styles from './rows.module.css'
import { useNewRow } from './useNewRow'

export interface Case {
  name: string
  when: string
}

export interface CasesInputProps {
  labelledBy: string
  value: readonly Case[]
  disabled: boolean
  onChange: (value: Case[]) => void
}

/** The ways out of a Switch, tried from top to bottom: a port's name and the condition that leads there. */
export function CasesInput({ labelledBy, value, disabled, onChange }: CasesInputProps) {
  const { focusOf, expectRow } = useNewRow<number>()
  const move = (from: number, to: number) => {
    const [one] = value.slice(from, from + 1)
    if (one !== undefined) onChange(value.toSpliced(from, 1).toSpliced(to, 0, one))
  }
  return (
    <div role="group" aria-labelledby={labelledBy} className={styles.rows}>
      {value.map((one, index) => (
        <div key={index} className={styles.case}>
          <div className={styles.row}>
            <DraftInput
              {...focusOf(index)}
              aria-label={`Port of case ${index + 1}`}
              placeholder="Port"
              value={one.name}
              disabled={disabled}
              onCommit={(name) => {
                if (name.trim() !== '') onChange(value.with(index, { ...one, name: name.trim() }))
              }}
            />
            {!disabled && (
              <>
                <IconButton
                  size="small"
                  label="Move up"
                  icon={<ArrowUp size={14} />}
                  disabled={index === 0}
                  onClick={() => move(index, index - 1)}
                />
                <IconButton
                  size="small"
                  label="Move down"
                  icon={<ArrowDown size={14} />}
                  disabled={index === value.length - 1}
                  onClick={() => move(index, index + 1)}
                />
                <IconButton
                  size="small"
                  label={`Remove case ${one.name}`}
                  icon={<X size={14} />}
                  onClick={() => {
                    onChange(value.toSpliced(index, 1))
                  }}
                />
              </>
            )}
          </div>
          <DraftInput
            aria-label={`Condition of case ${index + 1}`}
            className={styles.code}
            placeholder="value.total > 100"
            value={one.when}
            disabled={disabled}
            spellCheck={false}
            onCommit={(when) => {
              onChange(value.with(index, { ...one, when }))
            }}
          />
        </div>
      ))}
      {!disabled && (
        <Button
          variant="ghost"
          size="small"
          className={styles.add}
          icon={<Plus size={14} />}
          onClick={() => {
            expectRow(value.length)
            onChange([...value, { name: freeName(value), when: '' }])
          }}
        >
          Add case
        </Button>
      )}
    </div>
  )
}

export function readCases(value: unknown): Case[] {
  if (!Array.isArray(value)) return []
  return value.map((item) => {
    const one = (typeof item === 'object' && item !== null ? item : {}) as Partial<Case>
    return { ...one, name: String(one.name ?? ''), when: String(one.when ?? '') }
  })
}

function freeName(cases: readonly Case[]): string {
  const taken = new Set(cases.map((one) => one.name))
  let number = cases.length + 1
  while (taken.has(`case ${number}`)) number += 1
  return `case ${number}`
}
