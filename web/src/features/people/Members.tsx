/** Everyone with an account: their role, when they were last here, and how to let them go. */
import { KeyRound, MailPlus, Ellipsis, SearchX, TriangleAlert, UserRoundCheck, UserRoundX, UserX } from 'lucide-react'
import { useDeferredValue, useEffect, useState } from 'react'

import { sentenceOf } from '@/api/ApiError'
import { leftBehind, useChangeMember, useMembers, usePasswordLink } from '@/api/people'
import type { Member } from '@/api/peopleShapes'
import { roleOptions } from '@/api/roleWords'
import type { Me, Role } from '@/api/shapes'
import { Avatar } from '@/ui/Avatar'
import { Badge } from '@/ui/Badge'
import { Button } from '@/ui/Button'
import { classNames } from '@/ui/classNames'
import { EmptyState } from '@/ui/EmptyState'
import { ago } from '@/ui/formatTime'
import { IconButton } from '@/ui/IconButton'
import { Menu, type MenuItems } from '@/ui/Menu'
import { SearchInput } from '@/ui/SearchInput'
import { Select } from '@/ui/Select'
import { toast } from '@/ui/toast'

import { type Leaving, LeftDialog } from './LeftDialog'
import { LetGoDialog, type LettingGo } from './LetGoDialog'
import { ListWaiting } from './ListWaiting'
import styles from './People.module.css'
import { SecretDialog } from './SecretDialog'

const GUEST = 'guest'
const options = [{ value: GUEST, label: 'Guest', hint: 'Has only the graphs they were given' }, ...roleOptions]

export function Members({ me, onInvite }: { me: Me; onInvite: () => void }) {
  const [query, setQuery] = useState('')
  const words = useDeferredValue(query.trim().toLowerCase())
  const members = useMembers()
  const [going, setGoing] = useState<LettingGo | null>(null)
  const [leaving, setLeaving] = useState<Leaving | null>(null)
  const [link, setLink] = useState<{ name: string; url: string } | null>(null)

  const { hasNextPage, isFetching, fetchNextPage } = members
  // One can only say that nobody matches once everyone is here.
  useEffect(() => {
    if (words !== '' && hasNextPage && !isFetching) void fetchNextPage()
  }, [words, hasNextPage, isFetching, fetchNextPage])

  if (members.isPending) return <ListWaiting />
  if (members.isError) {
    return (
      <EmptyState icon={<TriangleAlert size={20} />} title="The members could not be loaded" actions={<Button onClick={() => void members.refetch()}>Try again</Button>}>
        {sentenceOf(members.error)}
      </EmptyState>
    )
  }
  const all = members.data.pages.flatMap((page) => page.items)
  if (all.length === 0) {
    return (
      <EmptyState icon={<MailPlus size={20} />} title="Nobody has an account yet" actions={<Button variant="primary" onClick={onInvite}>Invite someone</Button>}>
        You came in with the address that Flowroom printed. Invite people, yourself first if you like: whoever accepts
        chooses a name and a password, and stands here.
      </EmptyState>
    )
  }
  const shown = all.filter(({ name, email }) => `${name} ${email}`.toLowerCase().includes(words))
  return (
    <>
      <div className={styles.head}>
        <div className={styles.search}>
          <SearchInput label="Search people" value={query} onChange={setQuery} />
        </div>
        <Button icon={<MailPlus size={15} />} onClick={onInvite}>
          Invite
        </Button>
      </div>
      {shown.length === 0 && !hasNextPage ? (
        <EmptyState compact icon={<SearchX size={20} />} title={`Nobody matches “${words}”`} />
      ) : (
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Role</th>
              <th scope="col">Last here</th>
              <td />
            </tr>
          </thead>
          <tbody>
            {shown.map((member) => (
              <Row
                key={member.id}
                member={member}
                isMe={member.id === me.id}
                onLetGo={setGoing}
                onLeft={setLeaving}
                onLink={(url) => setLink({ name: member.name, url })}
              />
            ))}
          </tbody>
        </table>
      )}
      {hasNextPage && words === '' && (
        <div className={styles.more}>
          <Button variant="ghost" busy={members.isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
      <LetGoDialog going={going} onLeft={setLeaving} onClose={() => setGoing(null)} />
      <LeftDialog leaving={leaving} onAsked={setLeaving} />
      <SecretDialog
        title={`A new password for ${link?.name ?? ''}`}
        lead="Send them this link. It sets a new password, once, within a day, and signs them out everywhere else."
        label="Link"
        secret={link?.url ?? null}
        onClose={() => setLink(null)}
      />
    </>
  )
}

interface RowProps {
  member: Member
  isMe: boolean
  onLetGo: (going: LettingGo) => void
  onLeft: (leaving: Leaving) => void
  onLink: (url: string) => void
}

function Row({ member, isMe, onLetGo, onLeft, onLink }: RowProps) {
  const change = useChangeMember()
  const passwordLink = usePasswordLink()
  const complain = (error: Error) => toast.error('Nothing was changed', { description: sentenceOf(error) })
  const give = (role: Role | null) =>
    change.mutate(
      { id: member.id, role },
      {
        onError: (error) => {
          const left = leftBehind(error)
          if (left === undefined) complain(error)
          else onLeft({ name: member.name, left, goOn: (fates) => change.mutateAsync({ id: member.id, role, ...fates }) })
        },
      },
    )
  const items: MenuItems = [
    [
      {
        id: 'password',
        label: 'Link for a new password…',
        icon: <KeyRound size={15} />,
        takesFocus: true,
        run: () => passwordLink.mutate(member.id, { onSuccess: ({ url }) => onLink(url), onError: complain }),
      },
    ],
    [
      member.disabled
        ? {
            id: 'enable',
            label: 'Let in again',
            icon: <UserRoundCheck size={15} />,
            run: () => change.mutate({ id: member.id, disabled: false }, { onError: complain }),
          }
        : {
            id: 'disable',
            label: 'Shut out…',
            icon: <UserX size={15} />,
            danger: true,
            takesFocus: true,
            run: () => onLetGo({ member, how: 'disable' }),
          },
      {
        id: 'remove',
        label: 'Remove…',
        icon: <UserRoundX size={15} />,
        danger: true,
        takesFocus: true,
        run: () => onLetGo({ member, how: 'remove' }),
      },
    ],
  ]
  return (
    <tr>
      <td>
        <div className={styles.who}>
          <span className={classNames(styles.face, member.disabled && styles.away)}>
            <Avatar name={member.name} colour={member.colour} size={32} />
          </span>
          <div className={styles.words}>
            <p className={styles.name}>
              {member.name}
              {isMe && <Badge>You</Badge>}
              {member.disabled && <Badge tone="warn">Shut out</Badge>}
            </p>
            <p className={styles.sub}>{member.email}</p>
          </div>
        </div>
      </td>
      <td className={styles.role} data-column="Role">
        <Select
          size="small"
          aria-label={`Role of ${member.name}`}
          value={member.role ?? GUEST}
          options={options}
          // Whoever takes their own role away can't give it back.
          disabled={isMe || change.isPending}
          onChange={(role) => give(role === GUEST ? null : (role as Role))}
        />
      </td>
      <td className={styles.when} data-column="Last here">{member.seenAt === null ? 'Never' : ago(member.seenAt)}</td>
      <td className={styles.act}>
        {!isMe && <Menu trigger={<IconButton label={`Actions for ${member.name}`} icon={<Ellipsis size={16} />} size="small" />} items={items} />}
      </td>
    </tr>
  )
}
