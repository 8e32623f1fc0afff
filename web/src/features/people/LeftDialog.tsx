import { useState } from 'react'

import { sentenceOf } from '@/api/ApiError'
import { type Fate, type Fates, leftBehind } from '@/api/people'
import type { Left } from '@/api/peopleShapes'
import { roleWords } from '@/api/roleWords'
import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'
import { ago } from '@/ui/formatTime'
import { toast } from '@/ui/toast'

import styles from './People.module.css'

/** What would go on without the person, or the token, that made it. */
export interface Leaving {
  name: string
  left: Left
  /** Does what was to be done, now that it is said what becomes of it. */
  goOn: (fates: Fates) => Promise<unknown>
}

const advice = {
  tokens: 'tokens that would go on working. Revoke them, unless programs need them that others look after now.',
  links: 'links that would go on opening graphs. Keep them if those they were sent to still need them; revoked, they give nothing any more.',
}

/** Asks what becomes of what someone, or a token, leaves behind, of one kind after the other, and does all in one step. */
export function LeftDialog({ leaving, onAsked }: { leaving: Leaving | null; onAsked: (next: Leaving | null) => void }) {
  const [busy, setBusy] = useState(false)
  const { name, left } = leaving ?? { name: '', left: undefined }
  const what = left?.what ?? 'tokens'
  const goOn = async ({ name, goOn }: Leaving, fate: Fate) => {
    const said = { [what]: fate }
    setBusy(true)
    try {
      await goOn(said)
      toast.success(fate === 'revoke' ? `Done, and the ${what} of ${name} are revoked` : `Done; the ${what} of ${name} still work`)
      onAsked(null)
    } catch (error) {
      const next = leftBehind(error as Error)
      if (next === undefined) toast.error('Nothing was changed', { description: sentenceOf(error as Error) })
      onAsked(next === undefined ? null : { name, left: next, goOn: (more) => goOn({ ...said, ...more }) })
    }
    setBusy(false)
  }
  const say = (fate: Fate) => leaving !== null && void goOn(leaving, fate)
  return (
    <Dialog
      open={leaving !== null}
      onOpenChange={() => onAsked(null)}
      title={`What becomes of the ${what} of ${name}?`}
      description={`${name} has made ${advice[what]}`}
      width={440}
      footer={
        <>
          <Button onClick={() => onAsked(null)}>Cancel</Button>
          <Button disabled={busy} onClick={() => say('keep')}>
            Keep them
          </Button>
          <Button variant="danger" busy={busy} onClick={() => say('revoke')}>
            Revoke them
          </Button>
        </>
      }
    >
      <ul className={styles.left}>
        {rows(left).map(([id, title, sub]) => (
          <li key={id}>
            <p className={styles.name}>{title}</p>
            <p className={styles.sub}>{sub}</p>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}

function rows(left: Left | undefined): [id: string, title: string, sub: string][] {
  if (left === undefined) return []
  if (left.what === 'tokens') {
    return left.tokens.map(({ id, name, usedAt }) => [id, name, usedAt === null ? 'Never used' : `Last used ${ago(usedAt)}`])
  }
  return left.links.map(({ id, title, role, opened }) => [id, title, `${roleWords[role].label}, opened ${opened === 1 ? 'once' : `${opened} times`}`])
}
