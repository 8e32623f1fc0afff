import { Search, X } from 'lucide-react'
import type { KeyboardEventHandler, Ref } from 'react'

import styles from './SearchInput.module.css'
import { TextInput } from './TextInput'

export interface SearchInputProps {
  label: string
  value: string
  onChange: (value: string) => void
  placeholder?: string
  onKeyDown?: KeyboardEventHandler<HTMLInputElement>
  inputRef?: Ref<HTMLInputElement>
}

export function SearchInput({ label, value, onChange, placeholder, onKeyDown, inputRef }: SearchInputProps) {
  return (
    <div className={styles.search}>
      <Search size={15} aria-hidden className={styles.glass} />
      <TextInput
        ref={inputRef}
        type="search"
        aria-label={label}
        placeholder={placeholder ?? label}
        value={value}
        className={styles.input}
        onChange={(event) => {
          onChange(event.target.value)
        }}
        onKeyDown={onKeyDown}
      />
      {value !== '' && (
        <button
          type="button"
          aria-label="Clear search"
          className={styles.clear}
          onClick={() => {
            onChange('')
          }}
        >
          <X size={14} />
        </button>
      )}
    </div>
  )
}
