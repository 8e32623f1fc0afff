import { useState } from 'react'

import type { ControlProps } from '@/ui/Field'
import { TextArea } from '@/ui/TextInput'
import { Unwritable } from '@/document/writable'

import styles from './rows.module.css'

export interface JsonInputProps extends ControlProps {
  value: unknown
  disabled: boolean
  onCommit: (value: unknown) => void
}

/** Any value, as JSON; what is no JSON is not written, and the draft stays to be mended. */
export function JsonInput({ value, disabled, onCommit, ...control }: JsonInputProps) {
  const [draft, setDraft] = useState<string | null>(null)
  const [wrong, setWrong] = useState<string | null>(null)
  const commit = () => {
    if (draft === null) return
    try {
      onCommit(draft.trim() === '' ? null : (JSON.parse(draft) as unknown))
      setDraft(null)
      setWrong(null)
    } catch (error) {
      setWrong(error instanceof Unwritable ? `Nothing was changed: ${error.message}` : `Not JSON yet, so nothing was changed: ${String(error)}`)
    }
  }
  return (
    <>
      <TextArea
        {...control}
        aria-invalid={wrong !== null || control['aria-invalid']}
        className={styles.code}
        rows={4}
        spellCheck={false}
        disabled={disabled}
        value={draft ?? (value === undefined ? '' : JSON.stringify(value, null, 2))}
        onChange={(event) => {
          setDraft(event.target.value)
        }}
        onBlur={commit}
      />
      {wrong !== null && (
        <span role="alert" className={styles.wrong}>
          {wrong}
        </span>
      )}
    </>
  )
}
