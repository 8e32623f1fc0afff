import { useRef, useState } from 'react'

import { ApiError, helpOf } from '@/api/ApiError'
import { useChangePassword } from '@/api/session'
import { Button } from '@/ui/Button'
import { Field } from '@/ui/Field'
import { Form } from '@/ui/Form'
import { PasswordInput } from '@/ui/PasswordInput'
import { toast } from '@/ui/toast'

import styles from './Account.module.css'
import { NewPassword } from './NewPassword'
import { adviseOn } from './passwordAdvice'

/** Another password, for whoever knows the current one. What the server refuses stands beside the field it is about. */
export function PasswordForm({ email, name }: { email: string; name: string }) {
  const change = useChangePassword()
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const newPassword = useRef<HTMLInputElement>(null)
  const ready = current !== '' && adviseOn(next, { email, name }).good
  const submit = () => {
    // What it lacks stands below it.
    if (!ready) return newPassword.current?.focus()
    change.mutate(
      { current, new: next },
      {
        onSuccess: () => {
          setCurrent('')
          setNext('')
          toast.success('Your password is changed', { description: 'Your other sessions have ended.' })
        },
      },
    )
  }
  const refused = change.isError ? helpOf(change.error) : undefined
  const isAboutNew = change.error instanceof ApiError && change.error.status === 422
  return (
    <Form className={styles.form} onSubmit={submit}>
      {/* So that password managers know whose password it is. */}
      <input className="visually-hidden" type="email" autoComplete="username" value={email} readOnly tabIndex={-1} aria-hidden />
      <Field label="Current password" error={isAboutNew ? undefined : refused}>
        {(control) => (
          <PasswordInput
            {...control}
            autoComplete="current-password"
            required
            data-missing="Enter your current password."
            value={current}
            onChange={(event) => setCurrent(event.target.value)}
          />
        )}
      </Field>
      <NewPassword inputRef={newPassword} label="New password" value={next} onChange={setNext} person={{ email, name }} error={isAboutNew ? refused : undefined} />
      {/* Not disabled: once the password is changed the fields are empty, and who pressed Enter here is still here. */}
      <Button type="submit" busy={change.isPending} aria-disabled={!ready || undefined}>
        Change password
      </Button>
    </Form>
  )
}
