import { Check, ChevronDown } from 'lucide-react'
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react'

import { classNames } from './classNames'
import type { ControlProps } from './Field'
import { Floating } from './Floating'
import styles from './Select.module.css'

export interface SelectOption {
  value: string
  label: string
  /** One line that tells what choosing it means. */
  hint?: string
}

export interface SelectProps extends Partial<ControlProps> {
  value: string
  options: readonly SelectOption[]
  onChange: (value: string) => void
  placeholder?: string
  disabled?: boolean
  'aria-label'?: string
  size?: 'small' | 'medium'
}

/**
 * A choice of one. Not Radix's Select: that hides the rest of the page from screen readers while the focus can still
 * get there, and names an option without its hint.
 */
export function Select({ value, options, onChange, placeholder, disabled, size = 'medium', ...control }: SelectProps) {
  const trigger = useRef<HTMLButtonElement>(null)
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  const open = anchor !== null
  const close = () => {
    trigger.current?.focus()
    setAnchor(null)
  }
  const listId = useId()
  const ownId = useId()
  const id = control.id ?? ownId
  const chosen = options.find((option) => option.value === value)
  const label = control['aria-labelledby']
  return (
    <>
      <button
        {...control}
        ref={trigger}
        type="button"
        id={id}
        role="combobox"
        aria-haspopup="listbox"
        aria-expanded={open}
        aria-controls={open ? listId : undefined}
        disabled={disabled}
        className={classNames(styles.trigger, styles[size], chosen === undefined && styles.unchosen)}
        onClick={({ currentTarget }) => setAnchor(open ? null : currentTarget)}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
          event.preventDefault()
          setAnchor(event.currentTarget)
        }}
      >
        <span className={styles.value}>{chosen?.label ?? placeholder ?? 'Choose…'}</span>
        <ChevronDown size={14} className={styles.chevron} aria-hidden />
      </button>
      {anchor !== null && (
        <Floating
          anchor={anchor}
          align="start"
          gap={4}
          asWide
          className={styles.popup}
          onDismiss={(how) => (how === 'escape' ? close() : setAnchor(null))}
        >
          <Options
            id={listId}
            label={label === undefined ? { 'aria-label': control['aria-label'] } : { 'aria-labelledby': label }}
            value={value}
            options={options}
            onChoose={(next) => {
              close()
              if (next !== value) onChange(next)
            }}
          />
        </Floating>
      )}
    </>
  )
}

interface OptionsProps {
  id: string
  label: { 'aria-label'?: string } | { 'aria-labelledby': string }
  value: string
  options: readonly SelectOption[]
  onChoose: (value: string) => void
}

function Options({ id, label, value, options, onChoose }: OptionsProps) {
  const [active, setActive] = useState(() =>
    Math.max(
      0,
      options.findIndex((option) => option.value === value),
    ),
  )
  const list = useRef<HTMLDivElement>(null)
  const typed = useRef({ text: '', at: 0 })
  useEffect(() => list.current?.focus({ preventScroll: true }), [])
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView?.({ block: 'nearest' })
  }, [active])

  const onKeyDown = (event: KeyboardEvent) => {
    const last = options.length - 1
    const moves: Record<string, number> = {
      ArrowDown: Math.min(last, active + 1),
      ArrowUp: Math.max(0, active - 1),
      Home: 0,
      End: last,
    }
    const move = moves[event.key]
    if (move !== undefined) setActive(move)
    else if (event.key === 'Enter' || event.key === ' ') onChoose(options[active]?.value ?? value)
    else if (event.key === 'Tab') onChoose(value)
    else if (event.key.length === 1) setActive(findTyped(options, typed.current, event) ?? active)
    else return
    if (event.key !== 'Tab') event.preventDefault()
  }

  return (
    <div
      ref={list}
      id={id}
      role="listbox"
      {...label}
      tabIndex={0}
      aria-activedescendant={`${id}-${active}`}
      className={styles.list}
      onKeyDown={onKeyDown}
    >
      {options.map((option, index) => (
        <div
          key={option.value}
          id={`${id}-${index}`}
          role="option"
          aria-selected={option.value === value}
          className={classNames(styles.option, index === active && styles.active)}
          onPointerMove={() => {
            setActive(index)
          }}
          onClick={() => {
            onChoose(option.value)
          }}
        >
          <span className={styles.face}>
            {option.label}
            {option.hint !== undefined && <span className={styles.hint}>{option.hint}</span>}
          </span>
          {option.value === value && <Check size={14} aria-hidden />}
        </div>
      ))}
    </div>
  )
}

/** Letters typed within a second of each other look for a label that begins with them. */
function findTyped(
  options: readonly SelectOption[],
  typed: { text: string; at: number },
  { key, timeStamp }: KeyboardEvent,
): number | undefined {
  typed.text = timeStamp - typed.at < 1000 ? typed.text + key : key
  typed.at = timeStamp
  const found = options.findIndex((option) => option.label.toLowerCase().startsWith(typed.text.toLowerCase()))
  return found === -1 ? undefined : found
}
