import { use, useId, type ReactNode } from 'react'

import { classNames } from './classNames'
import styles from './Field.module.css'
import { FormProblemsContext } from './formProblems'

export interface FieldProps {
  label: ReactNode
  /** What the value is for, under the control. */
  hint?: ReactNode
  /** What is wrong with the value and what would be right; replaces the hint, and gives way to what its form finds. */
  error?: string
  /** Stands at the right of the label: who else edits it, a reset button. */
  aside?: ReactNode
  required?: boolean
  /** For controls that are no single input (a list, a code editor): a group with a caption instead of a label. */
  group?: boolean
  children: (control: ControlProps) => ReactNode
}

/** What a control takes so that label, hint and error belong to it. */
export interface ControlProps {
  id: string
  'aria-labelledby': string
  'aria-describedby'?: string
  'aria-invalid'?: true
}

/** A labelled control with room for a hint, an error and a note at the right. */
export function Field({ label, hint, error: refused, aside, required, group, children }: FieldProps) {
  const id = useId()
  const error = use(FormProblemsContext).get(id) ?? refused
  const noteId = `${id}-note`
  const note = error ?? hint
  const control: ControlProps = {
    id,
    'aria-labelledby': `${id}-label`,
    ...(note === undefined ? {} : { 'aria-describedby': noteId }),
    ...(error === undefined ? {} : { 'aria-invalid': true }),
  }
  const caption = (
    <>
      {label}
      {required === true && (
        <span className={styles.required} aria-hidden>
          *
        </span>
      )}
    </>
  )
  return (
    <div className={styles.field}>
      <div className={styles.top}>
        {group === true ? (
          <span id={`${id}-label`} className={styles.label}>
            {caption}
          </span>
        ) : (
          <label id={`${id}-label`} htmlFor={id} className={styles.label}>
            {caption}
          </label>
        )}
        {aside}
      </div>
      {children(control)}
      {note !== undefined && (
        <div id={noteId} className={classNames(styles.note, error !== undefined && styles.error)}>
          {note}
        </div>
      )}
    </div>
  )
}
