/** The page for whoever is not signed in, at whatever address: signed in, they are where they wanted to go. */
import { useEffect } from 'react'

import { forgetCopiesIfAsked } from '@/document/offlineCopies'

import { Entrance } from './Entrance'
import { SignInForm } from './SignInForm'

/** `ended`: whoever is here was signed in a moment ago, and did not leave. */
export function SignIn({ ended = false }: { ended?: boolean }) {
  useEffect(() => void forgetCopiesIfAsked(), [])
  return (
    <Entrance
      title="Sign in to Flowroom"
      lead={ended ? 'You were signed out. Sign in again, and go on where you were.' : undefined}
      foot="No account yet? Accounts come by invitation. Forgot your password? An admin of the workspace can give you a link to set a new one."
    >
      <SignInForm />
    </Entrance>
  )
}
