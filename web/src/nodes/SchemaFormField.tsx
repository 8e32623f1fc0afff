import { Suspense, type ReactNode } from 'react'

import { useGraph, useNode } from '@/document/hooks'
import { DraftInput } from '@/ui/TextInput'
import { Field, type ControlProps } from '@/ui/Field'
import { Select } from '@/ui/Select'
import { Skeleton } from '@/ui/Skeleton'
import { Slider } from '@/ui/Slider'
import { Switch } from '@/ui/Switch'

import { CommentPin } from './CommentPin'
import { FieldEditors, useEditingField } from './FieldEditors'
import { paramProblem } from './paramProblem'
import type { SchemaField } from './schemaFields'
import styles from './SchemaForm.module.css'
import { CasesInput, readCases } from './widgets/CasesInput'
import { JsonInput } from './widgets/JsonInput'
import { KeyValueInput, readPairs } from './widgets/KeyValueInput'
import { NumberInput } from './widgets/NumberInput'
import { StringListInput } from './widgets/StringListInput'
import { later } from '@/ui/later'

const CodeField = later(() => import('./CodeField').then((module) => ({ default: module.CodeField })))

/** One parameter of one node: its widget, what is wrong with it, and who else is at it. */
export function SchemaFormField({ id, field }: { id: string; field: SchemaField }) {
  const graph = useGraph()
  const value = useNode(id)?.params[field.key]
  const editing = useEditingField(id, field.key)
  const shown = value === undefined ? field.fallback : value
  const set = (next: unknown) => {
    graph.document.setParam(id, field.key, next)
  }
  const changed =
    value !== undefined && field.widget !== 'prose' && JSON.stringify(value) !== JSON.stringify(field.fallback)
  const aside = (
    <span className={styles.aside}>
      <FieldEditors id={id} param={field.key} />
      {changed && graph.canEdit && (
        <button
          type="button"
          className={styles.reset}
          onClick={({ currentTarget }) => {
            set(field.fallback)
            // This button goes with what it took back; one is at the field.
            currentTarget.closest('[data-row]')?.querySelector<HTMLElement>('input, textarea, [role="combobox"], [role="switch"], [contenteditable]')?.focus()
          }}
        >
          Reset
        </button>
      )}
      <CommentPin anchor={{ type: 'field', node: id, param: field.key }} what={field.title} />
    </span>
  )
  return (
    <div className={styles.field} data-row="" {...editing}>
      {field.widget === 'switch' ? (
        <Switch
          label={field.title}
          hint={field.hint}
          checked={shown === true}
          onChange={set}
          disabled={!graph.canEdit}
          aside={aside}
        />
      ) : (
        <Field
          label={field.title}
          hint={field.hint}
          error={paramProblem(field, value)}
          required={field.required}
          group={grouplike.has(field.widget)}
          aside={aside}
        >
          {(control) => inputFor({ id, field, value: shown, set, disabled: !graph.canEdit, control })}
        </Field>
      )}
    </div>
  )
}

const grouplike: ReadonlySet<string> = new Set(['prose', 'keyvalue', 'cases', 'strings'])

interface InputProps {
  id: string
  field: SchemaField
  value: unknown
  set: (value: unknown) => void
  disabled: boolean
  control: ControlProps
}

function inputFor({ id, field, value, set, disabled, control }: InputProps): ReactNode {
  const label = control['aria-labelledby']
  const described = control['aria-describedby']
  switch (field.widget) {
    case 'prose':
      return (
        <Suspense fallback={<Skeleton height={84} radius={6} />}>
          <CodeField
            node={id}
            param={field.key}
            language={field.language}
            placeholder={field.placeholder}
            labelledBy={label}
            describedBy={described}
          />
        </Suspense>
      )
    case 'select':
      return (
        <Select
          {...control}
          value={text(value)}
          options={withCurrent(field, value)}
          onChange={set}
          disabled={disabled}
        />
      )
    case 'slider':
      return (
        <Slider
          {...control}
          value={typeof value === 'number' ? value : null}
          min={field.min ?? 0}
          max={field.max ?? 1}
          step={field.integer ? 1 : 0.1}
          disabled={disabled}
          onCommit={set}
        />
      )
    case 'number':
      return <NumberInput {...control} field={field} value={value} onCommit={set} disabled={disabled} />
    case 'strings':
      return <StringListInput labelledBy={label} value={strings(value)} onChange={set} disabled={disabled} />
    case 'keyvalue':
      return <KeyValueInput labelledBy={label} value={readPairs(value)} onChange={set} disabled={disabled} />
    case 'cases':
      return <CasesInput labelledBy={label} value={readCases(value)} onChange={set} disabled={disabled} />
    case 'json':
      return <JsonInput {...control} value={value} onCommit={set} disabled={disabled} />
    default:
      return (
        <DraftInput
          {...control}
          value={text(value)}
          placeholder={field.placeholder}
          disabled={disabled}
          onCommit={(next) => {
            set(next === '' && field.nullable ? null : next)
          }}
        />
      )
  }
}

const text = (value: unknown) =>
  typeof value === 'string' ? value : value === null || value === undefined ? '' : String(value)
const strings = (value: unknown) => (Array.isArray(value) ? value.map(String) : [])

/** A value that an import brought and the type does not name stays choosable, so that looking never changes it. */
function withCurrent(field: SchemaField, value: unknown): SchemaField['options'] {
  const current = text(value)
  const known = current === '' || field.options.some((option) => option.value === current)
  return known ? field.options : [...field.options, { value: current, label: `${current} (unknown)` }]
}
