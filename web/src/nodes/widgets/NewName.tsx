import { type KeyboardEvent, useState } from 'react'

import { TextInput } from '@/ui/TextInput'

import styles from './rows.module.css'

export interface NewNameProps {
  isTaken: (name: string) => boolean
  /** A name that is free. `goOn` says that the keyboard is to follow: it was said by Enter or Tab, not by going elsewhere. */
  onName: (name: string, goOn: boolean) => void
  /** It was left without a name. */
  onGiveUp: () => void
}

/** The line in which a new name is written. One that is there already stays in it, to be mended. */
export function NewName({ isTaken, onName, onGiveUp }: NewNameProps) {
  const [text, setText] = useState('')
  const [refused, setRefused] = useState<string>()
  const name = text.trim()
  const say = (goOn: boolean) => {
    if (isTaken(name)) setRefused(name)
    else onName(name, goOn)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const isDone = event.key === 'Enter' || (event.key === 'Tab' && !event.shiftKey)
    if (event.key === 'Escape' && name !== '') {
      event.stopPropagation()
      setText('')
      setRefused(undefined)
    } else if (isDone && name !== '' && !event.nativeEvent.isComposing) {
      event.preventDefault()
      say(true)
    }
  }
  return (
    <>
      <div className={styles.row}>
        <TextInput
          aria-label="New name"
          placeholder="Name"
          autoFocus
          aria-invalid={refused !== undefined || undefined}
          value={text}
          onChange={(event) => {
            setText(event.target.value)
            setRefused(undefined)
          }}
          onKeyDown={onKeyDown}
          onBlur={() => {
            if (name === '') onGiveUp()
            else say(false)
          }}
        />
      </div>
      {refused !== undefined && (
        <span role="alert" className={styles.wrong}>
          “{refused}” is there already.
        </span>
      )}
    </>
  )
}
