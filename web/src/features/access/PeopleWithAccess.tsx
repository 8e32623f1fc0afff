/** The people a graph was given to, each with a role that takes effect at once for whoever has it open. */
import { X } from 'lucide-react'
import { useState } from 'react'

import { sentenceOf } from '@/api/ApiError'
import { useGiveAccess, useTakeAccess } from '@/api/access'
import type { GraphAccess, PersonWithAccess } from '@/api/peopleShapes'
import { roleOptions, roleWords } from '@/api/roleWords'
import type { Role } from '@/api/shapes'
import { Avatar } from '@/ui/Avatar'
import { ConfirmDialog } from '@/ui/ConfirmDialog'
import { IconButton } from '@/ui/IconButton'
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

interface RowProps {
  graph: string
  person: PersonWithAccess
  isMe: boolean
  mayShare: boolean
  onRemove: () => void
}

function Row({ graph, person, isMe, mayShare, onRemove }: RowProps) {
  const give = useGiveAccess(graph)
  const isFixed = !mayShare || person.via !== 'person'
  return (
    <li className={styles.row}>
      <Avatar name={person.name} colour={person.colour} size={30} />
      <div className={styles.words}>
        <p className={styles.name}>
          {person.name} {isMe && <span>(you)</span>}
        </p>
        <p className={styles.sub}>{person.via === 'link' ? 'came by a link' : person.email}</p>
      </div>
      {isFixed ? (
        <span className={styles.fixed}>{person.via === 'owner' ? 'Owner' : roleWords[person.role].label}</span>
      ) : (
        <div className={styles.role}>
          <Select
            size="small"
            aria-label={`Role of ${person.name}`}
            value={person.role}
            options={roleOptions}
            disabled={give.isPending}
            onChange={(role) =>
              give.mutate(
                { person: person.id, role: role as Role },
                { onError: (error) => toast.error('Nothing was changed', { description: sentenceOf(error) }) },
              )
            }
          />
        </div>
      )}
      {mayShare && (
        <span className={styles.end}>
          {person.via !== 'owner' && <IconButton label={`Remove ${person.name}`} icon={<X size={15} />} size="small" onClick={onRemove} />}
        </span>
      )}
    </li>
  )
}
