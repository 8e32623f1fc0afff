/** For whoever came without the token of the printed address. */
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { sentenceOf } from '@/api/ApiError'
import { signIn } from '@/api/client'
import { keys } from '@/api/queries'
import { Button } from '@/ui/Button'
import styles from './SignIn.module.css'

export function SignIn() {
  const queries = useQueryClient()
  const [token, setToken] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState('')

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    try {
      queries.setQueryData(keys.me, await signIn(token.trim()))
    } catch (error) {
      setProblem(sentenceOf(error))
    } finally {
      setBusy(false)
    }
  }

  return (
    <main className={styles.page}>
      <form className={styles.card} onSubmit={(event) => void submit(event)}>
        <img src="/favicon.svg" width={40} height={40} alt="" />
        <h1>Sign in to Flowroom</h1>
        <p>Open the address that was printed when Flowroom started, or paste its token here.</p>
        <label>
          Token
          <input
            type="password"
            autoComplete="current-password"
            required
            value={token}
            aria-invalid={problem !== ''}
            aria-describedby={problem === '' ? undefined : 'sign-in-problem'}
            onChange={(event) => setToken(event.target.value)}
          />
        </label>
        {problem !== '' && (
          <p id="sign-in-problem" className={styles.problem} role="alert">
            {problem}
          </p>
        )}
        <Button type="submit" variant="primary" busy={busy}>
          Sign in
        </Button>
      </form>
    </main>
  )
}
