/** Asking the admins of a graph for a higher role than one has, and what became of it. */
import { type FormEvent, useState } from 'react'

import { sentenceOf } from '@/api/ApiError'
import { useAskForRole, useOwnRequest, useWithdraw } from '@/api/accessRequests'
import type { AccessRequest } from '@/api/peopleShapes'
import { aRole, roleOptions } from '@/api/roleWords'
import type { Role } from '@/api/shapes'
import { useGraph } from '@/document/hooks'
import { roles } from '@/document/protocol.gen'
import { mayAs } from '@/document/roles'
import { Ago } from '@/ui/Ago'
import { Button } from '@/ui/Button'
import { Select } from '@/ui/Select'
import { TextInput } from '@/ui/TextInput'
import { toast } from '@/ui/toast'
import { useKeptText } from '@/ui/useKeptText'

import styles from './ShareDialog.module.css'

export function AskForRole({ graph, mine }: { graph: string; mine: Role }) {
  const newest = useOwnRequest(graph, true).data
  if (newest === undefined) return null
  // What one has by now, by whatever way it came, one waits for no more.
  const isWaiting = newest?.state === 'open' && !mayAs(mine, newest.role)
  return (
    <section aria-labelledby="ask-for-role">
      <h3 id="ask-for-role" className={styles.heading}>
        Ask for a higher role
      </h3>
      {newest?.state === 'declined' && <Declined request={newest} />}
      {isWaiting ? <Waiting graph={graph} request={newest} /> : <Form key={mine} graph={graph} mine={mine} />}
    </section>
  )
}

function Form({ graph, mine }: { graph: string; mine: Role }) {
  const ask = useAskForRole(graph)
  const higher = roleOptions.slice(roles.indexOf(mine) + 1)
  const [role, setRole] = useState<Role>(higher.some(({ value }) => value === 'editor') ? 'editor' : 'admin')
  const { me } = useGraph()
  const [reason, setReason] = useKeptText(`${me.id}:role:${graph}`)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    ask.mutate(
      { role, reason: reason.trim() },
      { onSuccess: () => setReason(''), onError: (error) => toast.error('Nothing was asked', { description: sentenceOf(error) }) },
    )
  }
  return (
    <form className={styles.answer} onSubmit={submit}>
      <div className={styles.role}>
        <Select aria-label="Role you ask for" value={role} options={higher} onChange={(next) => setRole(next as Role)} />
      </div>
      <TextInput aria-label="What for" placeholder="What for, if you like to say" maxLength={1000} value={reason} onChange={(event) => setReason(event.target.value)} />
      <Button type="submit" busy={ask.isPending}>
        Ask
      </Button>
    </form>
  )
}

function Waiting({ graph, request: { id, role, reason, at } }: { graph: string; request: AccessRequest }) {
  const withdraw = useWithdraw(graph)
  return (
    <div className={styles.row} role="status">
      <div className={styles.words}>
        <p className={styles.name}>
          You asked to be {aRole(role)} <span>· <Ago at={at} /></span>
        </p>
        <p className={styles.sub}>{reason === '' ? 'The admins of this graph were told. Their answer comes here.' : `The answer comes here. You said: “${reason}”`}</p>
      </div>
      <Button
        size="small"
        variant="ghost"
        busy={withdraw.isPending}
        onClick={() => withdraw.mutate(id, { onError: (error) => toast.error('It was not taken back', { description: sentenceOf(error) }) })}
      >
        Take it back
      </Button>
    </div>
  )
}

function Declined({ request: { decider, role, note } }: { request: AccessRequest }) {
  return (
    <p className={styles.declined}>
      {decider?.name ?? 'An admin'} declined your request to be {aRole(role)}
      {note === '' ? '.' : `: “${note}”`}
    </p>
  )
}
