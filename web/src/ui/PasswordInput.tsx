import { Eye, EyeOff } from 'lucide-react'
import { useState, type ComponentProps, type KeyboardEvent } from 'react'

import styles from './PasswordInput.module.css'
import { TextInput } from './TextInput'

/** A password that can be shown while it is typed, and a word when Caps Lock is what makes it wrong. */
export function PasswordInput(props: Omit<ComponentProps<'input'>, 'type'>) {
  const [shown, setShown] = useState(false)
  const [capsLock, setCapsLock] = useState(false)
  const look = (event: KeyboardEvent) => setCapsLock(event.getModifierState('CapsLock'))
  const Icon = shown ? EyeOff : Eye
  return (
    <div>
      <div className={styles.password}>
        <TextInput
          spellCheck={false}
          autoCapitalize="none"
          {...props}
          type={shown ? 'text' : 'password'}
          className={styles.input}
          onKeyDown={look}
          onKeyUp={look}
          onBlur={() => setCapsLock(false)}
        />
        <button
          type="button"
          className={styles.eye}
          aria-label={shown ? 'Hide password' : 'Show password'}
          onClick={() => setShown(!shown)}
        >
          <Icon size={15} aria-hidden />
        </button>
      </div>
      <p role="status" className={styles.caps}>
        {capsLock ? 'Caps Lock is on.' : ''}
      </p>
    </div>
  )
}
