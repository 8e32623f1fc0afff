import { useGraph, useMeta } from '@/document/hooks'
import type { Node, Retry } from '@/document/schema.gen'
import { JsonInput } from '@/nodes/widgets/JsonInput'
import { Field } from '@/ui/Field'
import { Select, type SelectOption } from '@/ui/Select'
import { Switch } from '@/ui/Switch'
import { DraftInput } from '@/ui/TextInput'

import styles from './Inspector.module.css'

const runWhen: readonly SelectOption[] = [
  { value: 'inputs', label: 'Its inputs are there', hint: 'Every required input has a value' },
  { value: 'all_live', label: 'Everything arrived', hint: 'Every incoming connection has a value' },
  { value: 'any', label: 'Anything arrived', hint: 'Waits for all, needs one' },
  { value: 'first', label: 'The first arrived', hint: 'Does not wait for the others' },
  { value: 'all_done', label: 'All before it ended', hint: 'However they ended' },
  { value: 'any_failed', label: 'Something failed', hint: 'At once, when one before it fails' },
  { value: 'all_failed', label: 'Everything failed' },
  { value: 'all_skipped', label: 'Everything was skipped' },
  { value: 'always', label: 'Always' },
]

/** With event flow nothing waits, so there is nothing to choose; a choice from before can be taken back. */
const onArrival: SelectOption = { value: 'inputs', label: 'A value arrives', hint: 'With event flow, for every one' }

const onError: readonly SelectOption[] = [
  { value: 'fail', label: 'The run fails' },
  { value: 'port', label: 'Goes on at “error”', hint: 'The error leaves through a port of its own' },
]

const firstRetry: Retry = { attempts: 3, delay: 1, factor: 2, maxDelay: 60, jitter: true, retryOn: [], neverOn: [] }

/** When a node runs, how often it tries, and what happens when it fails. */
export function RunSettings({ node }: { node: Node }) {
  const graph = useGraph()
  const isCascade = useMeta().execution === 'cascade'
  const disabled = !graph.canEdit
  const isIdle = ({ value }: SelectOption) => value !== 'inputs' && value === node.runWhen
  const change = (fields: Partial<Omit<Node, 'id' | 'params'>>) => {
    graph.document.updateNode(node.id, fields)
  }
  return (
    <>
      <div className={styles.section}>
        <Switch
          label="Switched off"
          hint="It is skipped, and so is what only it feeds."
          checked={node.disabled}
          disabled={disabled}
          onChange={(on) => {
            change({ disabled: on })
          }}
        />
        <Field label="Runs when">
          {(control) => (
            <Select
              {...control}
              value={node.runWhen}
              options={isCascade ? [onArrival, ...runWhen.filter(isIdle)] : runWhen}
              disabled={disabled}
              onChange={(value) => {
                change({ runWhen: value as Node['runWhen'] })
              }}
            />
          )}
        </Field>
        <Field label="If it fails">
          {(control) => (
            <Select
              {...control}
              value={node.onError}
              options={onError}
              disabled={disabled}
              onChange={(value) => {
                change({ onError: value as Node['onError'] })
              }}
            />
          )}
        </Field>
        <NumberField
          label="Time limit"
          hint="Seconds for one attempt; empty means no limit"
          value={node.timeout}
          disabled={disabled}
          onCommit={(timeout) => {
            change({ timeout })
          }}
        />
      </div>
      <div className={styles.section}>
        <Switch
          label="Try again"
          hint="When an attempt fails in a way that may pass."
          checked={node.retry !== null}
          disabled={disabled}
          onChange={(on) => {
            change({ retry: on ? firstRetry : null })
          }}
        />
        {node.retry !== null && (
          <RetryFields
            retry={node.retry}
            disabled={disabled}
            onChange={(retry) => {
              change({ retry })
            }}
          />
        )}
      </div>
      <div className={styles.section}>
        <Field label="Pinned output" hint="A value, as JSON, used instead of running the node; empty means it runs">
          {(control) => (
            <JsonInput
              {...control}
              value={node.pinned ?? undefined}
              disabled={disabled}
              onCommit={(pinned) => {
                change({ pinned })
              }}
            />
          )}
        </Field>
      </div>
    </>
  )
}

function RetryFields({
  retry,
  disabled,
  onChange,
}: {
  retry: Retry
  disabled: boolean
  onChange: (retry: Retry) => void
}) {
  const set = (key: 'attempts' | 'delay' | 'factor' | 'maxDelay') => (value: number | null) => {
    if (value !== null) onChange({ ...retry, [key]: value })
  }
  return (
    <div className={styles.two}>
      <NumberField
        label="Tries in total"
        value={retry.attempts}
        min={1}
        disabled={disabled}
        onCommit={set('attempts')}
      />
      <NumberField label="First pause (s)" value={retry.delay} disabled={disabled} onCommit={set('delay')} />
      <NumberField label="Pause grows by" value={retry.factor} min={1} disabled={disabled} onCommit={set('factor')} />
      <NumberField label="Longest pause (s)" value={retry.maxDelay} disabled={disabled} onCommit={set('maxDelay')} />
    </div>
  )
}

interface NumberFieldProps {
  label: string
  hint?: string
  value: number | null
  min?: number
  disabled: boolean
  onCommit: (value: number | null) => void
}

function NumberField({ label, hint, value, min = 0, disabled, onCommit }: NumberFieldProps) {
  return (
    <Field label={label} hint={hint}>
      {(control) => (
        <DraftInput
          {...control}
          type="number"
          min={min}
          step="any"
          value={value === null ? '' : String(value)}
          disabled={disabled}
          onCommit={(text) => {
            const number = text.trim() === '' ? null : Number(text)
            if (number === null || (Number.isFinite(number) && number >= min)) onCommit(number)
          }}
        />
      )}
    </Field>
  )
}
