/** Asks where it stands before something is deleted that can't be brought back. */
import { useState } from 'react'

import { sentenceOf } from '@/api/ApiError'
import { Button } from '@/ui/Button'
import { toast } from '@/ui/toast'

import styles from './AskToDelete.module.css'

export interface AskToDeleteProps {
  /** "this comment" */
  what: string
  loses: string
  onDelete: () => Promise<unknown>
  onKeep: () => void
}

export function AskToDelete({ what, loses, onDelete, onKeep }: AskToDeleteProps) {
  const [busy, setBusy] = useState(false)
  const remove = async () => {
    setBusy(true)
    try {
      await onDelete()
    } catch (error) {
      toast.error(`The server kept ${what}`, { description: sentenceOf(error) })
      setBusy(false)
      onKeep()
    }
  }
  return (
    <div
      role="group"
      aria-label={`Delete ${what}?`}
      className={styles.ask}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.preventDefault()
        event.stopPropagation()
        onKeep()
      }}
    >
      <p>{loses}</p>
      <Button size="small" variant="ghost" autoFocus onClick={onKeep}>
        Keep
      </Button>
      <Button size="small" variant="danger" busy={busy} onClick={() => void remove()}>
        Delete
      </Button>
    </div>
  )
}
