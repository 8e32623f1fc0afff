/**
 * An invitation, or a link to set a new password, opened by its key. Someone new makes an account; whoever is signed in
 * to one just accepts. What comes after is a fresh page: the cookies are another person's now.
 */
import { useState } from 'react'

import { ApiError, helpOf } from '@/api/ApiError'
import { useAccept, useOffer } from '@/api/people'
import type { Offer } from '@/api/peopleShapes'
import { useMe } from '@/api/queries'
import { aRole } from '@/api/roleWords'
import { signOut } from '@/api/session'
import type { Me } from '@/api/shapes'
import { Avatar } from '@/ui/Avatar'
import { Button } from '@/ui/Button'

import { Entrance, Refused } from './Entrance'
import styles from './Entrance.module.css'
import { JoinForm } from './JoinForm'
import { type Leave, leaveFor, pageOf } from './leave'
import { Notice } from './Notice'
import { SignInForm } from './SignInForm'

export function InvitePage({ token, leave = leaveFor }: { token: string; leave?: Leave }) {
  const offer = useOffer(token)
  const me = useMe()
  if (offer.isPending || me.isPending) return <Notice title="Opening the invitation" busy />
  if (offer.isError) return <NotOpen error={offer.error} onRetry={() => void offer.refetch()} leave={leave} />
  if (offer.data.purpose === 'password') return <NewPasswordPage token={token} offer={offer.data} leave={leave} />
  return <Invited token={token} offer={offer.data} me={me.data} leave={leave} />
}

function NotOpen({ error, onRetry, leave }: { error: unknown; onRetry: () => void; leave: Leave }) {
  if (!(error instanceof ApiError && error.status === 404)) {
    return (
      <Entrance title="The invitation can’t be opened just now" lead={helpOf(error)}>
        <Button onClick={onRetry}>Try again</Button>
      </Entrance>
    )
  }
  const [title, lead] = endWords[String(error.facts['ended'])] ?? neverWas
  return (
    <Entrance title={title} lead={lead}>
      <Button variant="primary" onClick={() => leave('/')}>
        Go to Flowroom
      </Button>
    </Entrance>
  )
}

/** By what an invitation is over, as the server names it: what it says, and what to do. */
const endWords: Record<string, readonly [title: string, lead: string]> = {
  accepted: [
    'This invitation was used already',
    'It works once. If you used it yourself, sign in with the password you chose. If not, ask whoever sent it for another.',
  ],
  expired: ['This invitation has expired', 'Nobody used it in time. Ask whoever sent it for another.'],
  revoked: [
    'This invitation was taken back',
    'An admin ended it, or made another in its place. Look for a newer one, or ask whoever sent it.',
  ],
}
const neverWas = [
  'There is no such invitation',
  'Its address may have been cut off on the way. Copy the whole of it, or ask whoever sent it for another.',
] as const

interface InvitedProps {
  token: string
  offer: Offer
  me: Me | undefined
  leave: Leave
}

function Invited({ token, offer, me, leave }: InvitedProps) {
  const [hasAccount, setHasAccount] = useState(false)
  const account = me?.email ?? null
  const title = offer.title === null ? 'Join Flowroom' : `Join “${offer.title}”`
  const lead = whatFor(offer)
  if (me !== undefined && account !== null) {
    return (
      <Entrance title={title} lead={lead}>
        <AcceptAs token={token} offer={offer} me={me} account={account} leave={leave} />
      </Entrance>
    )
  }
  return (
    <Entrance title={title} lead={lead}>
      {hasAccount ? <SignInForm /> : <JoinForm token={token} offer={offer} leave={leave} />}
      <button type="button" className={styles.other} onClick={() => setHasAccount(!hasAccount)}>
        {hasAccount ? 'I have no account yet' : 'I have an account'}
      </button>
    </Entrance>
  )
}

function AcceptAs({ token, offer, me, account, leave }: Required<InvitedProps> & { me: Me; account: string }) {
  const accept = useAccept(token)
  const forAnother = offer.email !== null && offer.email.toLowerCase() !== account.toLowerCase()
  const change = async () => {
    await signOut()
    leave(location.pathname)
  }
  return (
    <>
      <div className={styles.who}>
        <Avatar name={me.name} colour={me.colour} size={32} />
        <div>
          <strong>{me.name}</strong>
          <span>{account}</span>
        </div>
      </div>
      {forAnother ? (
        <p className={styles.lead}>It is for {offer.email}. Sign out here, and open it as that person.</p>
      ) : (
        <Button
          variant="primary"
          busy={accept.isPending}
          onClick={() => accept.mutate({}, { onSuccess: ({ graph }) => leave(pageOf(graph)) })}
        >
          Accept
        </Button>
      )}
      {accept.isError && <Refused>{helpOf(accept.error)}</Refused>}
      <button type="button" className={styles.other} onClick={() => void change()}>
        Not you? Sign out
      </button>
    </>
  )
}

function NewPasswordPage({ token, offer, leave }: Omit<InvitedProps, 'me'>) {
  return (
    <Entrance
      title="Choose a new password"
      lead={`It is for ${offer.name ?? 'your account'}. Wherever else you are signed in, you are signed out.`}
    >
      <JoinForm token={token} offer={offer} leave={leave} />
    </Entrance>
  )
}

function whatFor({ invitedBy, role, graph }: Offer): string {
  const who = invitedBy === null ? 'You are invited' : `${invitedBy} invites you`
  const as = role === null ? '' : ` as ${aRole(role)}`
  return graph === null ? `${who} to this workspace${as}.` : `${who} to this graph${as}. You see this graph, and nothing else of the workspace.`
}

