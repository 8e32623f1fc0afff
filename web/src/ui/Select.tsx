import { Check, ChevronDown } from 'lucide-react'
import { Select as Radix } from 'radix-ui'

import { classNames } from './classNames'
import type { ControlProps } from './Field'
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

export function Select({ value, options, onChange, placeholder, disabled, size = 'medium', ...control }: SelectProps) {
  return (
    <Radix.Root value={value} onValueChange={onChange} disabled={disabled}>
      <Radix.Trigger {...control} className={classNames(styles.trigger, styles[size])}>
        <Radix.Value placeholder={placeholder ?? 'Choose…'} />
        <Radix.Icon className={styles.chevron}>
          <ChevronDown size={14} />
        </Radix.Icon>
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className={styles.list} position="popper" sideOffset={4} collisionPadding={8}>
          <Radix.Viewport>
            {options.map((option) => (
              <Radix.Item key={option.value} value={option.value} className={styles.option}>
                <span className={styles.face}>
                  <Radix.ItemText>{option.label}</Radix.ItemText>
                  {option.hint !== undefined && <span className={styles.hint}>{option.hint}</span>}
                </span>
                <Radix.ItemIndicator>
                  <Check size={14} />
                </Radix.ItemIndicator>
              </Radix.Item>
            ))}
          </Radix.Viewport>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
