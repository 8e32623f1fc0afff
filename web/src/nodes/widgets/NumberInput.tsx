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

/** A number; what is none is not written. That is said until one comes back to the field or the value changes. */
export function NumberInput({ field, value, disabled, onCommit, ...control }: NumberInputProps) {
  const [refused, setRefused] = useState<{ text: string; beside: unknown } | null>(null)
  // What was said of a draft is over once the value is another one.
  const wrong = refused !== null && Object.is(refused.beside, value) ? refused.text : null
  return (
    <>
      <DraftInput
        {...control}
        inputMode={field.integer ? 'numeric' : 'decimal'}
        aria-invalid={wrong !== null || control['aria-invalid']}
        value={typeof value === 'number' ? String(value) : ''}
        placeholder={field.placeholder ?? (field.nullable ? 'none' : undefined)}
        disabled={disabled}
        onInput={() => setRefused(null)}
        onFocus={() => setRefused(null)}
        onCommit={(text) => {
          const number = read(text, field)
          setRefused(number === undefined ? { text, beside: value } : null)
          if (number !== undefined) onCommit(number)
        }}
      />
      {/* What is wrong with the number that is shown comes first: two sentences side by side would be about two numbers. */}
      {wrong !== null && control['aria-invalid'] === undefined && (
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
