/** Who is called in a comment and can't see the graph, told before it is sent; who may share the graph lets them in here. */
import { useState } from 'react'

import { sentenceOf } from '@/api/ApiError'
import { useGiveAccess } from '@/api/access'
import { useGraph } from '@/document/hooks'
import { Button } from '@/ui/Button'
import { toast } from '@/ui/toast'

import styles from './Composer.module.css'
import { called, type Draft, type Mentionable } from './mentions'

export interface LetInProps {
  draft: Draft
  /** Who can be called, as far as is known of them. */
  people: readonly Mentionable[]
  /** Someone was let in: the button for it is gone, and one goes on writing. */
  onLetIn: () => void
}

export function LetIn({ draft, people, onLetIn }: LetInProps) {
  const { id, role } = useGraph()
  const give = useGiveAccess(id)
  const [letIn, setLetIn] = useState<readonly string[]>([])
  const ids = new Set(called(draft).map((person) => person.id))
  const meant = people.filter((person) => ids.has(person.id))
  const outside = meant.filter(({ isOutside }) => isOutside)
  const inside = meant.filter(({ id: person, isOutside }) => isOutside !== true && letIn.includes(person))
  const open = ({ id: person, name }: Mentionable) =>
    give.mutate(
      { person, role: 'commenter' },
      {
        onSuccess: () => {
          setLetIn([...letIn, person])
          onLetIn()
        },
        onError: (error) => toast.error(`${name} was not let in`, { description: sentenceOf(error) }),
      },
    )
  const words = [
    inside.length > 0 && `${namesOf(inside)} can comment on this graph now.`,
    outside.length > 0 && `${namesOf(outside)} can’t see this graph, and won’t be told.`,
  ]
  return (
    <div className={styles.outside}>
      <p role="status">{words.filter(Boolean).join(' ')}</p>
      {role === 'admin' &&
        outside.map((person) => (
          <Button key={person.id} size="small" busy={give.isPending && give.variables.person === person.id} onClick={() => open(person)}>
            Let {person.name} comment
          </Button>
        ))}
    </div>
  )
}

const namesOf = (people: readonly Mentionable[]) => new Intl.ListFormat('en-GB').format(people.map(({ name }) => name))
