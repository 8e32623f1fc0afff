/** Giving the graph to a member by name, or to anyone else by an invitation to an email address, as a link to send. */
import { useEffect, useState } from 'react'

import { sentenceOf } from '@/api/ApiError'
import { useGiveAccess } from '@/api/access'
import { useInvite, useMembers } from '@/api/people'
import type { GraphAccess, Member } from '@/api/peopleShapes'
import { useMay } from '@/api/queries'
import { aRole, roleOptions } from '@/api/roleWords'
import type { Role } from '@/api/shapes'
import { Avatar } from '@/ui/Avatar'
import { CopyField } from '@/ui/CopyField'
import { SearchInput } from '@/ui/SearchInput'
import { Select } from '@/ui/Select'
import { toast } from '@/ui/toast'

import { candidates, holders, isEmail } from './candidates'
import styles from './ShareDialog.module.css'

export function AddPeople({ graph, access, me }: { graph: string; access: GraphAccess; me: string }) {
  const [text, setText] = useState('')
  const [role, setRole] = useState<Role>('editor')
  const [made, setMade] = useState<{ email: string; url: string } | null>(null)
  const mayListMembers = useMay('viewer')
  const mayInvite = useMay('admin')
  const members = useMembers(mayListMembers)
  const give = useGiveAccess(graph)
  const invite = useInvite()

  const everyone = members.data?.pages.flatMap((page) => page.items) ?? []
  const { hasNextPage, isFetching, fetchNextPage } = members
  const isLooking = text !== ''
  useEffect(() => {
    if (isLooking && hasNextPage && !isFetching) void fetchNextPage()
  }, [isLooking, hasNextPage, isFetching, fetchNextPage])

  const add = (member: Member) => {
    give.mutate(
      { person: member.id, role },
      {
        onSuccess: () => {
          setText('')
          toast.success(`${member.name} is ${aRole(role)} of this graph`)
        },
        onError: (error) => toast.error('Nobody was added', { description: sentenceOf(error) }),
      },
    )
  }
  const inviteTo = (email: string) => {
    invite.mutate(
      { email, role, graph },
      {
        onSuccess: ({ url }) => {
          setText('')
          setMade({ email, url })
        },
        onError: (error) => toast.error('No invitation was made', { description: sentenceOf(error) }),
      },
    )
  }
  const found = candidates(everyone, access.people, text).filter(({ id }) => id !== me)
  const stranger = mayInvite && isEmail(text) && found.length === 0 && !everyone.some(({ email }) => email.toLowerCase() === text.trim().toLowerCase())
  return (
    <section aria-label="Add people">
      <div className={styles.add}>
        <SearchInput
          label="Add people"
          placeholder={mayInvite ? 'Name of a member, or any email address' : 'Name of a member'}
          value={text}
          onChange={setText}
        />
        <div className={styles.role}>
          <Select aria-label="Their role" value={role} options={roleOptions} onChange={(next) => setRole(next as Role)} />
        </div>
      </div>
      {text.trim() !== '' && (
        <ul className={styles.found} aria-label="Who can be added">
          {found.map((member) => (
            <li key={member.id}>
              <button type="button" className={styles.candidate} onClick={() => add(member)}>
                <Avatar name={member.name} colour={member.colour} size={26} />
                <span className={styles.words}>
                  {member.name} <span className={styles.sub}>{member.email}</span>
                </span>
                <span className={styles.verb}>Add</span>
              </button>
            </li>
          ))}
          {stranger && (
            <li>
              <button type="button" className={styles.candidate} onClick={() => inviteTo(text.trim())}>
                <span className={styles.words}>{text.trim()}</span>
                <span className={styles.verb}>Invite by link</span>
              </button>
            </li>
          )}
          {found.length === 0 && !stranger && (
            <li className={styles.nobody}>{whyNobody(holders(everyone, access.people, text), mayInvite)}</li>
          )}
        </ul>
      )}
      {made !== null && (
        <div className={styles.made}>
          <CopyField label={`Invitation for ${made.email}`} value={made.url} note="Send it to them yourself. It is not shown again, and works once." />
        </div>
      )}
    </section>
  )
}

/** Whoever has the graph stands further down, with their role: no reason to deny that there is such a member. */
function whyNobody(have: readonly string[], mayInvite: boolean): string {
  if (have.length > 0) return `${new Intl.ListFormat('en-GB').format(have)} ${have.length === 1 ? 'has' : 'have'} it already.`
  return `No member is called that. ${mayInvite ? 'Type a whole email address to invite somebody.' : 'Make a link below for anyone else.'}`
}
