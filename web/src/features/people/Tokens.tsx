/** API tokens: how programs come in, and people with one role and no account. Made, shown once, revoked. */
import { KeyRound, TriangleAlert } from 'lucide-react'
import { useState } from 'react'

import { sentenceOf } from '@/api/ApiError'
import { leftBehind, useRevokeToken, useTokens } from '@/api/people'
import type { Token } from '@/api/peopleShapes'
import { roleWords } from '@/api/roleWords'
import { Avatar } from '@/ui/Avatar'
import { Button } from '@/ui/Button'
import { ConfirmDialog } from '@/ui/ConfirmDialog'
import { EmptyState } from '@/ui/EmptyState'
import { ago } from '@/ui/formatTime'
import { toast } from '@/ui/toast'

import { type Leaving, LeftDialog } from './LeftDialog'
import { ListWaiting } from './ListWaiting'
import { NewTokenDialog } from './NewTokenDialog'
import styles from './People.module.css'
import { SecretDialog } from './SecretDialog'
import { until } from './until'

const kinds = { person: 'Person', bot: 'Bot', agent: 'AI agent', engine: 'Engine' } as const

export function Tokens() {
  const tokens = useTokens()
  const [making, setMaking] = useState(false)
  const [secret, setSecret] = useState<string | null>(null)
  const [ending, setEnding] = useState<Token | null>(null)
  const [leaving, setLeaving] = useState<Leaving | null>(null)
  const dialogs = (
    <>
      <NewTokenDialog
        open={making}
        onClose={() => setMaking(false)}
        onMade={(made) => {
          setMaking(false)
          setSecret(made)
        }}
      />
      <SecretDialog
        title="The token is made"
        lead="Give it to the program that is to work here. Whoever has it may do what its role allows."
        label="Token"
        secret={secret}
        onClose={() => setSecret(null)}
      />
      <RevokeDialog token={ending} onLeft={setLeaving} onClose={() => setEnding(null)} />
      <LeftDialog leaving={leaving} onAsked={setLeaving} />
    </>
  )
  const make = (
    <Button variant="primary" icon={<KeyRound size={15} />} onClick={() => setMaking(true)}>
      New token
    </Button>
  )
  if (tokens.isPending) return <ListWaiting />
  if (tokens.isError) {
    return (
      <EmptyState icon={<TriangleAlert size={20} />} title="The tokens could not be loaded" actions={<Button onClick={() => void tokens.refetch()}>Try again</Button>}>
        {sentenceOf(tokens.error)}
      </EmptyState>
    )
  }
  if (tokens.data.length === 0) {
    return (
      <>
        <EmptyState icon={<KeyRound size={20} />} title="No tokens yet" actions={make}>
          Scripts, bots and AI agents come in with a token instead of a password: for one role, for some graphs or for
          all, and for as long as you say. Others see them in a graph as what they are.
        </EmptyState>
        {dialogs}
      </>
    )
  }
  return (
    <>
      <div className={styles.head}>
        <p>How programs come in. A token’s secret is shown only when it is made.</p>
        {make}
      </div>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Role</th>
            <th scope="col">For</th>
            <th scope="col">Last used</th>
            <th scope="col">Good until</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {tokens.data.map((token) => (
            <tr key={token.id}>
              <td>
                <div className={styles.who}>
                  <Avatar name={token.name} colour={token.colour} size={28} />
                  <div className={styles.words}>
                    <p className={styles.name}>{token.name}</p>
                    <p className={styles.sub}>{kinds[token.kind]}</p>
                  </div>
                </div>
              </td>
              <td data-column="Role">{roleWords[token.role].label}</td>
              <td data-column="For">{token.graphs.length === 0 ? 'Every graph' : many(token.graphs.length)}</td>
              <td className={styles.when} data-column="Last used">{token.usedAt === null ? 'Never' : ago(token.usedAt)}</td>
              <td className={styles.when} data-column="Good until">{until(token.expiresAt)}</td>
              <td className={styles.act}>
                <Button size="small" variant="ghost" aria-label={`Revoke ${token.name}`} onClick={() => setEnding(token)}>
                  Revoke
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {dialogs}
    </>
  )
}

const many = (graphs: number) => (graphs === 1 ? '1 graph' : `${graphs} graphs`)

interface RevokeDialogProps {
  token: Token | null
  /** Others, or links, were made with it, so it isn't done yet. */
  onLeft: (leaving: Leaving) => void
  onClose: () => void
}

function RevokeDialog({ token, onLeft, onClose }: RevokeDialogProps) {
  const revoke = useRevokeToken()
  const end = ({ id, name }: Token) =>
    revoke.mutate(
      { id },
      {
        onSuccess: onClose,
        onError: (error) => {
          const left = leftBehind(error)
          if (left === undefined) return toast.error('The token still works', { description: sentenceOf(error) })
          onLeft({ name, left, goOn: (fates) => revoke.mutateAsync({ id, ...fates }) })
          onClose()
        },
      },
    )
  return (
    <ConfirmDialog
      open={token !== null}
      onOpenChange={onClose}
      title={`Revoke the token “${token?.name ?? ''}”?`}
      loses="Whatever uses it is out at once, and can’t come back with it. It can’t be brought back; you would make another."
      action="Revoke"
      busy={revoke.isPending}
      onConfirm={() => {
        if (token !== null) end(token)
      }}
    />
  )
}
