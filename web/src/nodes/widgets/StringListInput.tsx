import { Plus, X } from 'lucide-react'

import { Button } from '@/ui/Button'
import { IconButton } from '@/ui/IconButton'
import { DraftInput } from '@/ui/TextInput'

import styles from './rows.module.css'
import { useNewRow } from './useNewRow'

export interface StringListInputProps {
  labelledBy: string
  value: readonly string[]
  disabled: boolean
  onChange: (value: string[]) => void
}

export function StringListInput({ labelledBy, value, disabled, onChange }: StringListInputProps) {
  const { focusOf, expectRow } = useNewRow<number>()
  return (
    <div role="group" aria-labelledby={labelledBy} className={styles.rows}>
      {value.map((item, index) => (
        <div key={index} className={styles.row}>
          <DraftInput
            {...focusOf(index)}
            aria-label={`Item ${index + 1}`}
            value={item}
            disabled={disabled}
            onCommit={(next) => {
              onChange(value.with(index, next))
            }}
          />
          {!disabled && (
            <IconButton
              size="small"
              label={`Remove item ${index + 1}`}
              icon={<X size={14} />}
              onClick={() => {
                onChange(value.toSpliced(index, 1))
              }}
            />
          )}
        </div>
      ))}
      {!disabled && (
        <Button
          variant="ghost"
          size="small"
          className={styles.add}
          icon={<Plus size={14} />}
          onClick={() => {
            expectRow(value.length)
            onChange([...value, ''])
          }}
        >
          Add item
        </Button>
      )}
    </div>
  )
}
