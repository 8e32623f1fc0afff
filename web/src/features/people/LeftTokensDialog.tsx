import { sentenceOf } from '@/api/ApiError'
import { type TokensLeft, useChangeMember, useRemoveMember } from '@/api/people'
import type { LeftToken, Member } from '@/api/peopleShapes'
import type { Role } from '@/api/shapes'
import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'
import { ago } from '@/ui/formatTime'
import { toast } from '@/ui/toast'

import styles from './People.module.css'

/** What was to be done with someone, and the tokens that would go on without them. */
export interface LeavingTokens {
  member: Member
  how: 'disable' | 'remove' | { role: Role | null }
  tokens: LeftToken[]
}

/** Asks what becomes of the tokens of someone who may make none any more, and does both in one step. */
export function LeftTokensDialog({ leaving, onClose }: { leaving: LeavingTokens | null; onClose: () => void }) {
  const change = useChangeMember()
  const remove = useRemoveMember()
  const name = leaving?.member.name ?? ''
  const goOn = (tokens: TokensLeft) => {
    if (leaving === null) return
    const { member: { id }, how } = leaving
    const outcome = {
      onSuccess: () => {
        toast.success(tokens === 'revoke' ? `Done, and the tokens of ${name} are revoked` : `Done; the tokens of ${name} still work`)
        onClose()
      },
      onError: (error: Error) => {
        toast.error('Nothing was changed', { description: sentenceOf(error) })
        onClose()
      },
    }
    if (how === 'remove') remove.mutate({ id, tokens }, outcome)
    else change.mutate({ id, tokens, ...(how === 'disable' ? { disabled: true } : how) }, outcome)
  }
  const busy = change.isPending || remove.isPending
  return (
    <Dialog
      open={leaving !== null}
      onOpenChange={onClose}
      title={`What becomes of the tokens of ${name}?`}
      description={`${name} has made tokens that would go on working. Revoke them, unless programs need them that others look after now.`}
      width={440}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button disabled={busy} onClick={() => goOn('keep')}>
            Keep them
          </Button>
          <Button variant="danger" busy={busy} onClick={() => goOn('revoke')}>
            Revoke them
          </Button>
        </>
      }
    >
      <ul className={styles.left}>
        {leaving?.tokens.map(({ id, name: token, usedAt }) => (
          <li key={id}>
            <p className={styles.name}>{token}</p>
            <p className={styles.sub}>{usedAt === null ? 'Never used' : `Last used ${ago(usedAt)}`}</p>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}
