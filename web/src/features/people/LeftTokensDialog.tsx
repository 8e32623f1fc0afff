import { useState } from 'react'

import { sentenceOf } from '@/api/ApiError'
import type { TokensLeft } from '@/api/people'
import type { LeftToken } from '@/api/peopleShapes'
import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'
import { ago } from '@/ui/formatTime'
import { toast } from '@/ui/toast'

import styles from './People.module.css'

/** Tokens that would go on without the person, or the token, that made them. */
export interface LeavingTokens {
  name: string
  tokens: LeftToken[]
  /** Does what was to be done, now that it is said what becomes of them. */
  goOn: (tokens: TokensLeft) => Promise<unknown>
}

/** Asks what becomes of the tokens that someone, or a token, leaves behind, and does both in one step. */
export function LeftTokensDialog({ leaving, onClose }: { leaving: LeavingTokens | null; onClose: () => void }) {
  const [busy, setBusy] = useState(false)
  const name = leaving?.name ?? ''
  const goOn = async (tokens: TokensLeft) => {
    setBusy(true)
    try {
      await leaving?.goOn(tokens)
      toast.success(tokens === 'revoke' ? `Done, and the tokens of ${name} are revoked` : `Done; the tokens of ${name} still work`)
    } catch (error) {
      toast.error('Nothing was changed', { description: sentenceOf(error as Error) })
    }
    setBusy(false)
    onClose()
  }
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
          <Button disabled={busy} onClick={() => void goOn('keep')}>
            Keep them
          </Button>
          <Button variant="danger" busy={busy} onClick={() => void goOn('revoke')}>
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
