/**
 * Signing in: by password, by another service where one is set up, or with the token of the printed address. Whoever
 * is in is told to the whole page by the cache, which then shows what one came for.
 */
import { useRef, useState } from 'react'

import { helpOf } from '@/api/ApiError'
import { type Credentials, providerUrl, useMethods, useSignIn } from '@/api/session'
import { Button } from '@/ui/Button'
import { Field } from '@/ui/Field'
import { Form } from '@/ui/Form'
import { PasswordInput } from '@/ui/PasswordInput'
import { TextInput } from '@/ui/TextInput'

import styles from './Entrance.module.css'

/** `autoFocus`: whether it takes the keyboard as it comes. */
export function SignInForm({ autoFocus = true }: { autoFocus?: boolean }) {
  const methods = useMethods().data
  const signIn = useSignIn()
  const [withToken, setWithToken] = useState(false)
  const [chose, setChose] = useState(false)
  const choose = (token: boolean) => {
    signIn.reset()
    setWithToken(token)
    setChose(true)
  }
  const refused = signIn.isError ? helpOf(signIn.error) : undefined
  const ask = { autoFocus: autoFocus || chose, busy: signIn.isPending, refused, onSend: signIn.mutate }
  const provider = methods?.oidc
  return (
    <>
      {withToken ? <TokenForm {...ask} /> : <PasswordForm {...ask} />}
      {provider && (
        <>
          <span className={styles.or}>or</span>
          <a className={styles.provider} href={providerUrl(location.pathname + location.search)}>
            Continue with {provider.name}
          </a>
        </>
      )}
      <button type="button" className={styles.other} onClick={() => choose(!withToken)}>
        {withToken ? 'Use a password' : 'Use a token'}
      </button>
    </>
  )
}

interface Ask {
  autoFocus: boolean
  busy: boolean
  refused: string | undefined
  onSend: (credentials: Credentials) => void
}

function PasswordForm({ autoFocus, busy, refused, onSend }: Ask) {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const field = useRef<HTMLInputElement>(null)
  const submit = () => {
    onSend({ email: email.trim(), password })
    field.current?.select()
  }
  return (
    <Form className={styles.form} onSubmit={submit}>
      <Field label="Email">
        {(control) => (
          <TextInput
            {...control}
            type="email"
            name="email"
            autoComplete="username"
            required
            data-missing="Enter the email address of your account."
            autoFocus={autoFocus}
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        )}
      </Field>
      <Field label="Password" error={refused}>
        {(control) => (
          <PasswordInput
            {...control}
            ref={field}
            name="password"
            autoComplete="current-password"
            required
            data-missing="Enter your password."
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        )}
      </Field>
      <Announced>{refused}</Announced>
      <Button type="submit" variant="primary" busy={busy}>
        Sign in
      </Button>
    </Form>
  )
}

function TokenForm({ autoFocus, busy, refused, onSend }: Ask) {
  const [token, setToken] = useState('')
  const submit = () => onSend({ token: token.trim() })
  return (
    <Form className={styles.form} onSubmit={submit}>
      <Field label="Token" hint="It is the end of the address that was printed when Flowroom started." error={refused}>
        {(control) => (
          <PasswordInput
            {...control}
            name="token"
            autoComplete="off"
            required
            data-missing="Enter a token."
            autoFocus={autoFocus}
            value={token}
            onChange={(event) => setToken(event.target.value)}
          />
        )}
      </Field>
      <Announced>{refused}</Announced>
      <Button type="submit" variant="primary" busy={busy}>
        Sign in
      </Button>
    </Form>
  )
}

/** The error stands beside its field; here it is read out when it comes. */
function Announced({ children }: { children: string | undefined }) {
  return (
    <span role="alert" className="visually-hidden">
      {children}
    </span>
  )
}
