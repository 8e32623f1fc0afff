/** A share link, opened by its key: it says what one gets, and one click enters. Strangers become guests with a name. */
import { useState } from 'react'

import { ApiError, helpOf } from '@/api/ApiError'
import { useLinkOffer, useOpenLink } from '@/api/access'
import type { LinkOffer } from '@/api/peopleShapes'
import { useMe } from '@/api/queries'
import { roleWords } from '@/api/roleWords'
import type { Me } from '@/api/shapes'
import { Avatar } from '@/ui/Avatar'
import { Button } from '@/ui/Button'
import { Form } from '@/ui/Form'

import { Entrance, Refused } from './Entrance'
import styles from './Entrance.module.css'
import { type Leave, leaveFor, pageOf } from './leave'
import { NewName } from './NewName'
import { Notice } from './Notice'
import { SignInForm } from './SignInForm'

export function SharedLinkPage({ token, leave = leaveFor }: { token: string; leave?: Leave }) {
  const offer = useLinkOffer(token)
  const me = useMe()
  if (offer.isPending || me.isPending) return <Notice title="Opening the link" busy />
  if (offer.isError) return <OpensNothing error={offer.error} onRetry={() => void offer.refetch()} leave={leave} />
  return <Shared token={token} offer={offer.data} me={me.data} leave={leave} />
}

function OpensNothing({ error, onRetry, leave }: { error: unknown; onRetry: () => void; leave: Leave }) {
  if (!(error instanceof ApiError && error.status === 404)) {
    return (
      <Entrance title="The link can’t be opened just now" lead={helpOf(error)}>
        <Button onClick={onRetry}>Try again</Button>
      </Entrance>
    )
  }
  return (
    <Entrance
      title="This link opens nothing any more"
      lead="It has expired, it was ended, or its graph was deleted. Ask whoever sent it for another."
    >
      <Button onClick={() => leave('/')}>Go to Flowroom</Button>
    </Entrance>
  )
}

function Shared({ token, offer, me, leave }: { token: string; offer: LinkOffer; me: Me | undefined; leave: Leave }) {
  const [signsIn, setSignsIn] = useState(false)
  const lead = `You can ${roleWords[offer.role].can}${offer.expiresAt === null ? '' : `, until ${day(offer.expiresAt)}`}. What others do there you see live.`
  return (
    <Entrance title={`Open “${offer.title}”`} lead={lead}>
      {signsIn && me === undefined ? <SignInForm /> : <EnterForm token={token} me={me} leave={leave} />}
      {me === undefined && (
        <button type="button" className={styles.other} onClick={() => setSignsIn(!signsIn)}>
          {signsIn ? 'Come as a guest' : 'I have an account'}
        </button>
      )}
    </Entrance>
  )
}

function EnterForm({ token, me, leave }: { token: string; me: Me | undefined; leave: Leave }) {
  const open = useOpenLink(token)
  const [name, setName] = useState('')
  const enter = () => open.mutate(name.trim(), { onSuccess: ({ graph }) => leave(pageOf(graph)) })
  return (
    <Form className={styles.form} onSubmit={enter}>
      {me === undefined ? (
        <NewName label="Your name" hint="Others see it at your cursor. You need no account." value={name} onChange={setName} />
      ) : (
        <div className={styles.who}>
          <Avatar name={me.name} colour={me.colour} size={32} />
          <div>
            <strong>{me.name}</strong>
            <span>{me.email ?? 'signed in on this browser'}</span>
          </div>
        </div>
      )}
      {open.isError && <Refused>{helpOf(open.error)}</Refused>}
      <Button type="submit" variant="primary" busy={open.isPending}>
        Open graph
      </Button>
    </Form>
  )
}

const day = (seconds: number) => new Date(seconds * 1000).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' })
