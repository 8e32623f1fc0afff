import type { ReactNode } from 'react'

import { Button } from './Button'
import { Dialog } from './Dialog'

export interface ConfirmDialogProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: string
  /** Names what is lost, and whether it can come back. */
  loses: ReactNode
  /** The verb on the button: "Delete graph", never "OK". */
  action: string
  busy?: boolean
  onConfirm: () => void
}

/** Asks before something that can't be undone. */
export function ConfirmDialog({ open, onOpenChange, title, loses, action, busy, onConfirm }: ConfirmDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={title}
      description={loses}
      width={420}
      footer={
        <>
          <Button
            onClick={() => {
              onOpenChange(false)
            }}
          >
            Cancel
          </Button>
          <Button variant="danger" busy={busy} onClick={onConfirm}>
            {action}
          </Button>
        </>
      }
    />
  )
}
