import { Check, Copy } from 'lucide-react'
import { useEffect, useId, useRef, useState } from 'react'

import { Button } from './Button'
import styles from './CopyField.module.css'
import { TextInput } from './TextInput'

const THANKS_MS = 2000

/** Something to take along: an address, a secret. It is selected when one comes to it, and copied by a click. */
export function CopyField({ label, value, note }: { label: string; value: string; note?: string }) {
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), THANKS_MS)
    return () => clearTimeout(timer)
  }, [copied])

  const copy = async () => {
    input.current?.select()
    try {
      await navigator.clipboard.writeText(value)
      setCopied(true)
    } catch {
      // Outside of HTTPS browsers have no clipboard: it stays selected, for Ctrl+C.
    }
  }
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={styles.label}>
        {label}
      </label>
      <div className={styles.row}>
        <TextInput
          ref={input}
          id={id}
          readOnly
          value={value}
          className={styles.value}
          aria-describedby={note === undefined ? undefined : `${id}-note`}
          onFocus={(event) => event.target.select()}
        />
        <Button icon={copied ? <Check size={15} /> : <Copy size={15} />} onClick={() => void copy()}>
          {copied ? 'Copied' : 'Copy'}
        </Button>
      </div>
      {note !== undefined && (
        <p id={`${id}-note`} className={styles.note}>
          {note}
        </p>
      )}
    </div>
  )
}
