/** The page for whoever is not signed in, at whatever address: signed in, they are where they wanted to go. */
import { useEffect } from 'react'

import { forgetCopiesIfAsked } from '@/document/offlineCopies'

import { Entrance } from './Entrance'
import { SignInForm } from './SignInForm'

/**
 * `ended`: whoever is here was signed in a moment ago, and did not leave. Letters on their way were not meant for this page:
 * it does not ask for the keyboard. `over`: it hides a page in which one types.
 */
export function SignIn({ ended = false, over = false }: { ended?: boolean; over?: boolean }) {
  useEffect(() => void forgetCopiesIfAsked(), [])
  return (
    <Entrance
      title="Sign in to Flowroom"
      over={over}
      lead={ended && <span role="alert">You were signed out. Sign in again, and go on where you were.</span>}
      foot="No account yet? Accounts come by invitation. Forgot your password? An admin of the workspace can give you a link to set a new one."
    >
      <SignInForm autoFocus={!ended} />
    </Entrance>
  )
}
