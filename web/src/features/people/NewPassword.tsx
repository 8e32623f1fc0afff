/** Choosing a password: what is asked of it stands below it, and is met as one types. */
import type { Ref } from 'react'

import { Field } from '@/ui/Field'
import { PasswordInput } from '@/ui/PasswordInput'

import styles from './NewPassword.module.css'
import { adviseOn } from './passwordAdvice'

export interface NewPasswordProps {
  label: string
  value: string
  onChange: (value: string) => void
  /** What else is known of the person, and would be guessed. */
  person?: { email?: string; name?: string }
  error?: string
  inputRef?: Ref<HTMLInputElement>
}

export function NewPassword({ label, value, onChange, person, error, inputRef }: NewPasswordProps) {
  const { good, sentence, reached } = adviseOn(value, person)
  return (
    <Field
      label={label}
      error={error}
      hint={
        <span className={good ? styles.good : undefined}>
          <span className={styles.bar} aria-hidden>
            <span style={{ width: `${reached * 100}%` }} />
          </span>
          {sentence}
        </span>
      }
    >
      {(control) => (
        <PasswordInput
          {...control}
          ref={inputRef}
          required
          data-missing="Choose a password of 12 characters or more."
          autoComplete="new-password"
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}
