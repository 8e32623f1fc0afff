/** A new API token: a name, what it may do, where, and for how long. */
import { useState } from 'react'

import { helpOf } from '@/api/ApiError'
import { useCreateToken } from '@/api/people'
import type { NewToken } from '@/api/peopleShapes'
import { useGraphs } from '@/api/graphs'
import { roleOptions, roleWords } from '@/api/roleWords'
import type { Role } from '@/api/shapes'
import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'
import { Field } from '@/ui/Field'
import { Form } from '@/ui/Form'
import { Select } from '@/ui/Select'
import { TextInput } from '@/ui/TextInput'

import styles from './People.module.css'

const kindOptions = [
  { value: 'bot', label: 'Bot', hint: 'A script or a service' },
  { value: 'agent', label: 'AI agent', hint: 'A program that decides by itself' },
  { value: 'person', label: 'Person', hint: 'Someone without an account' },
]
const termOptions = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: 'A year' },
  { value: '', label: 'For ever' },
]

export interface NewTokenDialogProps {
  open: boolean
  onClose: () => void
  /** Given the secret, which is told only now. */
  onMade: (secret: string) => void
}

export function NewTokenDialog({ open, onClose, onMade }: NewTokenDialogProps) {
  return (
    <Dialog open={open} onOpenChange={onClose} title="New token" width={480}>
      <NewTokenForm onMade={onMade} />
    </Dialog>
  )
}

function NewTokenForm({ onMade }: { onMade: (secret: string) => void }) {
  const create = useCreateToken()
  const [name, setName] = useState('')
  const [kind, setKind] = useState<NewToken['kind']>('bot')
  const [role, setRole] = useState<Role>('editor')
  const [days, setDays] = useState('90')
  const [graphs, setGraphs] = useState<readonly string[] | null>(null)
  const submit = () => {
    const term = days === '' ? {} : { expiresInDays: Number(days) }
    create.mutate({ name: name.trim(), kind, role, ...term, graphs: [...(graphs ?? [])] }, { onSuccess: ({ token }) => onMade(token) })
  }
  return (
    <Form className={styles.form} onSubmit={submit}>
      <Field label="Name" hint="Others see it beside what it does." error={create.isError ? helpOf(create.error) : undefined}>
        {(control) => <TextInput {...control} required data-missing="Name the program, so that others know what it is." data-autofocus maxLength={60} value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      <div className={styles.pair}>
        <Field label="What it is">
          {(control) => <Select {...control} value={kind} options={kindOptions} onChange={(next) => setKind(next as NewToken['kind'])} />}
        </Field>
        <Field label="Role" hint={roleWords[role].hint + '.'}>
          {(control) => <Select {...control} value={role} options={roleOptions} onChange={(next) => setRole(next as Role)} />}
        </Field>
      </div>
      <div className={styles.pair}>
        <Field label="Graphs">
          {(control) => (
            <Select
              {...control}
              value={graphs === null ? 'all' : 'some'}
              options={[
                { value: 'all', label: 'Every graph' },
                { value: 'some', label: 'Only some' },
              ]}
              onChange={(next) => setGraphs(next === 'all' ? null : [])}
            />
          )}
        </Field>
        <Field label="Good for">
          {(control) => <Select {...control} value={days} options={termOptions} onChange={setDays} />}
        </Field>
      </div>
      {graphs !== null && <GraphChoice chosen={graphs} onChange={setGraphs} />}
      <Button type="submit" variant="primary" busy={create.isPending} disabled={graphs?.length === 0}>
        Make the token
      </Button>
    </Form>
  )
}

function GraphChoice({ chosen, onChange }: { chosen: readonly string[]; onChange: (graphs: readonly string[]) => void }) {
  const graphs = useGraphs('')
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = graphs
  return (
    <Field label="Which ones" group>
      {(control) => (
        <div role="group" aria-labelledby={control['aria-labelledby']} className={styles.graphs} tabIndex={0}>
          {graphs.data?.pages
            .flatMap((page) => page.items)
            .map(({ id, title }) => (
              <label key={id}>
                <input
                  type="checkbox"
                  checked={chosen.includes(id)}
                  onChange={({ target }) => onChange(target.checked ? [...chosen, id] : chosen.filter((one) => one !== id))}
                />
                {title || 'Untitled'}
              </label>
            ))}
          {hasNextPage && (
            <Button size="small" variant="ghost" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              Show more
            </Button>
          )}
        </div>
      )}
    </Field>
  )
}
