import { useState } from 'react'

import type { ControlProps } from '@/ui/Field'
import { DraftInput } from '@/ui/TextInput'

import styles from './rows.module.css'
import type { SchemaField } from '../schemaFields'

export interface NumberInputProps extends ControlProps {
  field: SchemaField
  value: unknown
  disabled: boolean
  onCommit: (value: number | null) => void
}

/** A number; what is none is not written, and the draft stays to be mended. */
export function NumberInput({ field, value, disabled, onCommit, ...control }: NumberInputProps) {
  const [wrong, setWrong] = useState<string | null>(null)
  return (
    <>
      <DraftInput
        {...control}
        inputMode={field.integer ? 'numeric' : 'decimal'}
        aria-invalid={wrong !== null || control['aria-invalid']}
        value={typeof value === 'number' ? String(value) : ''}
        placeholder={field.placeholder ?? (field.nullable ? 'none' : undefined)}
        disabled={disabled}
        onCommit={(text) => {
          const number = read(text, field)
          setWrong(number === undefined ? text : null)
          if (number !== undefined) onCommit(number)
        }}
      />
      {wrong !== null && (
        <span role="alert" className={styles.wrong}>
          “{wrong}” is no {field.integer ? 'whole number' : 'number'}; nothing was changed.
        </span>
      )}
    </>
  )
}

function read(text: string, field: SchemaField): number | null | undefined {
  const trimmed = text.trim().replace(',', '.')
  if (trimmed === '') return field.nullable ? null : undefined
  const number = Number(trimmed)
  if (!Number.isFinite(number) || (field.integer && !Number.isInteger(number))) return undefined
  return number
}
