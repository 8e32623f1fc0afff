import { KeyRound, Laptop, Smartphone } from 'lucide-react'

import { sentenceOf } from '@/api/ApiError'
import type { Session } from '@/api/peopleShapes'
import { useEndSession, useSessions } from '@/api/session'
import { Badge } from '@/ui/Badge'
import { Button } from '@/ui/Button'
import { ago } from '@/ui/formatTime'
import { Skeleton } from '@/ui/Skeleton'
import { toast } from '@/ui/toast'
import { TryAgain } from '@/ui/TryAgain'

import styles from './Account.module.css'
import { browserName } from './browserName'

const methods: Record<string, string> = {
  password: 'by password',
  token: 'by token',
  oidc: 'by another service',
  link: 'by a share link',
  invitation: 'by an invitation',
}

/** Where one is signed in, this browser first; every other session can be ended. */
export function Sessions() {
  const sessions = useSessions()
  const end = useEndSession()
  const complain = (error: Error) => toast.error('The session goes on', { description: sentenceOf(error) })
  if (sessions.isPending) return <Skeleton height={40} />
  if (sessions.isError) {
    return (
      <div className={styles.problem}>
        <p className={styles.plain}>{sentenceOf(sessions.error)}</p>
        <TryAgain onClick={() => void sessions.refetch()} />
      </div>
    )
  }
  const mine = sessions.data.toSorted((one, other) => Number(other.current) - Number(one.current))
  const others = mine.filter((session) => !session.current)
  const endOthers = async () => {
    try {
      await Promise.all(others.map(({ id }) => end.mutateAsync(id)))
    } catch (error) {
      complain(error as Error)
    }
  }
  return (
    <>
      <ul aria-label="Sessions">
        {mine.map((session) => (
          <SessionRow key={session.id} session={session} onEnd={() => end.mutate(session.id, { onError: complain })} />
        ))}
      </ul>
      {others.length > 1 && (
        <div className={styles.others}>
          <Button variant="danger" onClick={() => void endOthers()}>
            End all others
          </Button>
        </div>
      )}
    </>
  )
}

function SessionRow({ session, onEnd }: { session: Session; onEnd: () => void }) {
  const { agent, method, current, seenAt } = session
  const name = browserName(agent)
  const Icon = /Mobi|Android|iPhone/.test(agent) ? Smartphone : agent.startsWith('Mozilla/') ? Laptop : KeyRound
  return (
    <li className={styles.session}>
      <Icon size={18} aria-hidden />
      <div className={styles.words}>
        <p className={styles.where}>
          {name}
          {current && <Badge tone="ok">This browser</Badge>}
        </p>
        <p className={styles.when}>
          Signed in {methods[method] ?? method} · {current ? 'here now' : `last here ${ago(seenAt)}`}
        </p>
      </div>
      {!current && (
        <Button size="small" aria-label={`End the session of ${name}`} onClick={onEnd}>
          End
        </Button>
      )}
    </li>
  )
}
