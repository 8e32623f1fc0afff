/** What someone new says of themselves; for a new password, the password alone. */
import { useState } from 'react'

import { helpOf } from '@/api/ApiError'
import { useAccept } from '@/api/people'
import type { Offer } from '@/api/peopleShapes'
import { NewPassword } from '@/features/people/NewPassword'
import { adviseOn } from '@/features/people/passwordAdvice'
import { Button } from '@/ui/Button'
import { Field } from '@/ui/Field'
import { Form } from '@/ui/Form'
import { TextInput } from '@/ui/TextInput'

import { Refused } from './Entrance'
import styles from './Entrance.module.css'
import { type Leave, pageOf } from './leave'
import { NewName } from './NewName'

export interface JoinFormProps {
  token: string
  offer: Offer
  leave: Leave
}

export function JoinForm({ token, offer, leave }: JoinFormProps) {
  const accept = useAccept(token)
  const [name, setName] = useState('')
  const [email, setEmail] = useState(offer.email ?? '')
  const [password, setPassword] = useState('')
  const isNew = offer.purpose === 'join'
  const person = { email, name: isNew ? name : (offer.name ?? '') }
  const submit = () => {
    accept.mutate(isNew ? { name: name.trim(), email: email.trim(), password } : { password }, {
      onSuccess: ({ graph }) => leave(pageOf(graph)),
    })
  }
  return (
    <Form className={styles.form} onSubmit={submit}>
      {isNew && <NewName label="Name" hint="Others see it at your cursor." value={name} onChange={setName} />}
      <Field label="Email" hint={offer.email === null ? 'You sign in with it.' : undefined}>
        {(control) => (
          <TextInput
            {...control}
            type="email"
            name="email"
            autoComplete="username"
            required
            data-missing="Enter your email address."
            readOnly={offer.email !== null}
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        )}
      </Field>
      <NewPassword label={isNew ? 'Password' : 'New password'} value={password} onChange={setPassword} person={person} />
      {accept.isError && <Refused>{helpOf(accept.error)}</Refused>}
      <Button type="submit" variant="primary" busy={accept.isPending} disabled={!adviseOn(password, person).good}>
        {isNew ? 'Join' : 'Set password'}
      </Button>
    </Form>
  )
}
