import { useState, type ComponentProps } from 'react'

import { classNames } from './classNames'
import styles from './TextInput.module.css'

export function TextInput({ className, type = 'text', ...rest }: ComponentProps<'input'>) {
  return <input {...rest} type={type} className={classNames(styles.input, className)} />
}

export function TextArea({ className, ...rest }: ComponentProps<'textarea'>) {
  return <textarea {...rest} className={classNames(styles.input, styles.area, className)} />
}

export interface DraftInputProps extends Omit<ComponentProps<'input'>, 'value' | 'onChange' | 'defaultValue'> {
  value: string
  /** Called once, when the person leaves the field or presses Enter; Escape takes the draft back. */
  onCommit: (value: string) => void
}

/** A text input that commits when it is done, so that one change is one step of undo and not one per letter. */
export function DraftInput({ value, onCommit, onBlur, onKeyDown, ...rest }: DraftInputProps) {
  const [draft, setDraft] = useState<string | null>(null)
  return (
    <TextInput
      {...rest}
      value={draft ?? value}
      onChange={(event) => {
        setDraft(event.target.value)
      }}
      onBlur={(event) => {
        if (draft !== null && draft !== value) onCommit(draft)
        setDraft(null)
        onBlur?.(event)
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && draft !== null) {
          if (draft !== value) onCommit(draft)
          setDraft(null)
        }
        if (event.key === 'Escape' && draft !== null) {
          setDraft(null)
          event.stopPropagation()
        }
        onKeyDown?.(event)
      }}
    />
  )
}

export interface DraftAreaProps extends Omit<ComponentProps<'textarea'>, 'value' | 'onChange' | 'defaultValue'> {
  value: string
  onCommit: (value: string) => void
}

/** A longer text that commits when it is left. */
export function DraftArea({ value, onCommit, onBlur, ...rest }: DraftAreaProps) {
  const [draft, setDraft] = useState<string | null>(null)
  return (
    <TextArea
      {...rest}
      value={draft ?? value}
      onChange={(event) => {
        setDraft(event.target.value)
      }}
      onBlur={(event) => {
        if (draft !== null && draft !== value) onCommit(draft)
        setDraft(null)
        onBlur?.(event)
      }}
    />
  )
}
