/** The people a graph was given to, each with a role that takes effect at once for whoever has it open. */
import { useState } from 'react'

import { sentenceOf } from '@/api/ApiError'
import { useGiveAccess, useTakeAccess } from '@/api/access'
import type { GraphAccess, PersonWithAccess } from '@/api/peopleShapes'
import { roleOptions, roleWords } from '@/api/roleWords'
import type { Role } from '@/api/shapes'
import { Avatar } from '@/ui/Avatar'
import { ConfirmDialog } from '@/ui/ConfirmDialog'
import { Select } from '@/ui/Select'
import { toast } from '@/ui/toast'

import styles from './ShareDialog.module.css'

interface PeopleWithAccessProps {
  graph: string
  access: GraphAccess
  /** One's own id. */
  me: string
  mayShare: boolean
}

export function PeopleWithAccess({ graph, access, me, mayShare }: PeopleWithAccessProps) {
  const [leaving, setLeaving] = useState<PersonWithAccess | null>(null)
  const take = useTakeAccess(graph)
  const remove = (person: PersonWithAccess) => {
    take.mutate(person.id, {
      onSuccess: () => toast.success(`${person.name} no longer has this graph by name`),
      onError: (error) => toast.error(`${person.name} still has this graph`, { description: sentenceOf(error) }),
    })
  }
  return (
    <>
      <ul aria-label="People with access">
        {access.people.map((person) => (
          <Row
            key={`${person.id} ${person.via}`}
            graph={graph}
            person={person}
            isMe={person.id === me}
            mayShare={mayShare}
            onRemove={() => (person.id === me ? setLeaving(person) : remove(person))}
          />
        ))}
      </ul>
      <ConfirmDialog
        open={leaving !== null}
        onOpenChange={() => setLeaving(null)}
        title="Take your own access away?"
        loses="You may be out of this graph at once, and can’t let yourself in again: another admin would have to."
        action="Take it away"
        onConfirm={() => {
          if (leaving !== null) remove(leaving)
          setLeaving(null)
        }}
      />
    </>
  )
}

const REMOVE = 'remove'
const removal = { value: REMOVE, label: 'Remove', hint: 'Takes this graph back from them' }
const options = [...roleOptions, removal]
/** What a link gave is the link's to give: one can only take it away from this person. */
const optionsByLink = (role: Role) => [...roleOptions.filter(({ value }) => value === role), removal]

interface RowProps {
  graph: string
  person: PersonWithAccess
  isMe: boolean
  mayShare: boolean
  onRemove: () => void
}

function Row({ graph, person, isMe, mayShare, onRemove }: RowProps) {
  const give = useGiveAccess(graph)
  const choose = (next: string) => {
    if (next === REMOVE) onRemove()
    else {
      const onError = (error: Error) => toast.error('Nothing was changed', { description: sentenceOf(error) })
      give.mutate({ person: person.id, role: next as Role }, { onError })
    }
  }
  return (
    <li className={styles.row}>
      <Avatar name={person.name} colour={person.colour} size={30} />
      <div className={styles.words}>
        <p className={styles.name}>
          {person.name} {isMe && <span>(you)</span>}
        </p>
        <p className={styles.sub}>{person.via === 'link' ? 'came by a link' : person.email}</p>
      </div>
      {!mayShare || person.via === 'owner' ? (
        <span className={styles.fixed}>{person.via === 'owner' ? 'Owner' : roleWords[person.role].label}</span>
      ) : (
        <div className={styles.role}>
          <Select
            size="small"
            aria-label={`Role of ${person.name}`}
            value={person.role}
            options={person.via === 'link' ? optionsByLink(person.role) : options}
            disabled={give.isPending}
            onChange={choose}
          />
        </div>
      )}
    </li>
  )
}
