import { type ReactNode, useState } from 'react'

import { sentenceOf } from '@/api/ApiError'
import { type Fate, type Fates, leftBehind } from '@/api/people'
import type { Left } from '@/api/peopleShapes'
import { roleWords } from '@/api/roleWords'
import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'
import { Field } from '@/ui/Field'
import { ago } from '@/ui/formatTime'
import { Select } from '@/ui/Select'
import { toast } from '@/ui/toast'

import styles from './People.module.css'

/** What would go on without the person, or the token, that made it. */
export interface Leaving {
  name: string
  left: Left
  /** Does what was to be done, now that it is said what becomes of it. */
  goOn: (fates: Fates) => Promise<unknown>
}

type Kind = keyof Left

const kinds = ['tokens', 'links'] as const
const labels = { tokens: 'Tokens', links: 'Links' }
const options = [
  { value: 'keep', label: 'Keep them' },
  { value: 'revoke', label: 'Revoke them' },
]
const advice = {
  tokens: 'tokens that would go on working. Revoke them, unless programs need them that others look after now.',
  links: 'links that would go on opening graphs. Keep them if those they were sent to still need them; revoked, they give nothing any more.',
}
const adviceOnBoth =
  'tokens and links that would go on working. Programs may need the tokens, and people the links they were sent; what is revoked gives nothing any more.'

interface LeftDialogProps {
  leaving: Leaving | null
  onAsked: (next: Leaving | null) => void
}

/** Asks what becomes of what someone, or a token, leaves behind: of all kinds in one window, and it is done in one step. */
export function LeftDialog({ leaving, onAsked }: LeftDialogProps) {
  const [busy, setBusy] = useState(false)
  const [said, setSaid] = useState<Fates>({})
  const { name, left } = leaving ?? { name: '', left: { tokens: [], links: [] } }
  const asked = kinds.filter((kind) => left[kind].length > 0)
  const [only] = asked
  const isAll = asked.every((kind) => said[kind] !== undefined)
  const ask = (next: Leaving | null) => {
    setSaid({})
    onAsked(next)
  }
  const goOn = async (fates: Fates) => {
    if (leaving === null) return
    setBusy(true)
    try {
      await leaving.goOn(fates)
      toast.success(doneWords(name, fates))
      ask(null)
    } catch (error) {
      const next = leftBehind(error as Error)
      if (next === undefined) toast.error('Nothing was changed', { description: sentenceOf(error as Error) })
      ask(next === undefined ? null : { name, left: next, goOn: (more) => leaving.goOn({ ...fates, ...more }) })
    }
    setBusy(false)
  }
  const one = (kind: Kind) => (
    <>
      <Button disabled={busy} onClick={() => void goOn({ [kind]: 'keep' })}>
        Keep them
      </Button>
      <Button variant="danger" busy={busy} onClick={() => void goOn({ [kind]: 'revoke' })}>
        Revoke them
      </Button>
    </>
  )
  const all = (
    <Button variant="danger" disabled={!isAll} busy={busy} onClick={() => void goOn(said)}>
      Go on
    </Button>
  )
  const isOne = asked.length === 1 && only !== undefined
  return (
    <Dialog
      open={leaving !== null}
      onOpenChange={() => ask(null)}
      title={`What becomes of the ${asked.join(' and ')} of ${name}?`}
      description={`${name} has made ${isOne ? advice[only] : adviceOnBoth}`}
      width={440}
      footer={
        <>
          <Button onClick={() => ask(null)}>Cancel</Button>
          {isOne ? one(only) : all}
        </>
      }
    >
      {isOne ? (
        <Items left={left} kind={only} />
      ) : (
        <div className={styles.form}>
          {asked.map((kind) => (
            <Choice key={kind} kind={kind} value={said[kind]} onChange={(fate) => setSaid({ ...said, [kind]: fate })}>
              <Items left={left} kind={kind} />
            </Choice>
          ))}
        </div>
      )}
    </Dialog>
  )
}

/** What is left of one kind, and below it what becomes of it. */
function Choice({ kind, value, onChange, children }: { kind: Kind; value?: Fate; onChange: (fate: Fate) => void; children: ReactNode }) {
  return (
    <Field label={labels[kind]}>
      {(control) => (
        <>
          {children}
          <Select {...control} value={value ?? ''} options={options} onChange={(fate) => onChange(fate as Fate)} />
        </>
      )}
    </Field>
  )
}

function Items({ left, kind }: { left: Left; kind: Kind }) {
  return (
    <ul className={styles.left}>
      {rows(left, kind).map(([id, title, sub]) => (
        <li key={id}>
          <p className={styles.name}>{title}</p>
          <p className={styles.sub}>{sub}</p>
        </li>
      ))}
    </ul>
  )
}

function rows({ tokens, links }: Left, kind: Kind): [id: string, title: string, sub: string][] {
  if (kind === 'tokens') return tokens.map(({ id, name, usedAt }) => [id, name, usedAt === null ? 'Never used' : `Last used ${ago(usedAt)}`])
  return links.map(({ id, title, role, opened }) => [id, title, `${roleWords[role].label}, ${openedWords(opened)}`])
}

const openedWords = (times: number) => (times === 0 ? 'not opened yet' : times === 1 ? 'opened once' : `opened ${times} times`)

function doneWords(name: string, fates: Fates): string {
  const which = (fate: Fate) => kinds.filter((kind) => fates[kind] === fate).join(' and ')
  const [revoked, kept] = [which('revoke'), which('keep')]
  if (kept === '') return `Done, and the ${revoked} of ${name} are revoked`
  return revoked === '' ? `Done; the ${kept} of ${name} still work` : `Done; the ${revoked} of ${name} are revoked, the ${kept} still work`
}
