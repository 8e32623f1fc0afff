/** Who asks for a higher role, for the admins of the graph: granted, with that role or another, or declined; with a note. */
import { useState } from 'react'

import { sentenceOf } from '@/api/ApiError'
import { type RequestAnswer, useAnswerRequest, useOpenRequests } from '@/api/accessRequests'
import type { AccessRequest } from '@/api/peopleShapes'
import { aRole, roleOptions } from '@/api/roleWords'
import type { Role } from '@/api/shapes'
import { Ago } from '@/ui/Ago'
import { Avatar } from '@/ui/Avatar'
import { Button } from '@/ui/Button'
import { Select } from '@/ui/Select'
import { TextInput } from '@/ui/TextInput'
import { toast } from '@/ui/toast'

import styles from './ShareDialog.module.css'

export function Requests({ graph }: { graph: string }) {
  const open = useOpenRequests(graph, true).data ?? []
  if (open.length === 0) return null
  return (
    <section aria-labelledby="access-requests">
      <h3 id="access-requests" className={styles.heading}>
        Requests
      </h3>
      <ul aria-label="Requests" className={styles.requests}>
        {open.map((request) => (
          <Row key={request.id} graph={graph} request={request} />
        ))}
      </ul>
    </section>
  )
}

function Row({ graph, request: { id, asker, role: wanted, reason, at } }: { graph: string; request: AccessRequest }) {
  const send = useAnswerRequest(graph)
  const [role, setRole] = useState<Role>(wanted)
  const [note, setNote] = useState('')
  const answer = (answer: RequestAnswer, done: string) => {
    send.mutate(
      { id, answer },
      {
        onSuccess: () => toast.success(done),
        onError: (error) => toast.error('The request was not answered', { description: sentenceOf(error) }),
      },
    )
  }
  return (
    <li className={styles.request}>
      <div className={styles.row}>
        <Avatar name={asker.name} colour={asker.colour} size={30} />
        <div className={styles.words}>
          <p className={styles.name}>{asker.name}</p>
          <p className={styles.sub}>
            asks to be {aRole(wanted)} · <Ago at={at} />
          </p>
        </div>
        <div className={styles.role}>
          <Select size="small" aria-label={`Role for ${asker.name}`} value={role} options={roleOptions} onChange={(next) => setRole(next as Role)} />
        </div>
      </div>
      {reason !== '' && <p className={styles.reason}>{reason}</p>}
      <div className={styles.answer}>
        <TextInput aria-label={`Note to ${asker.name}`} placeholder="A note to them, if you like" maxLength={1000} value={note} onChange={(event) => setNote(event.target.value)} />
        <Button disabled={send.isPending} onClick={() => answer({ state: 'declined', note: note.trim() }, `You declined ${asker.name}’s request`)}>
          Decline
        </Button>
        <Button
          variant="primary"
          busy={send.isPending}
          onClick={() => answer({ state: 'granted', role, note: note.trim() }, `${asker.name} is ${aRole(role)} of this graph`)}
        >
          Grant
        </Button>
      </div>
    </li>
  )
}
