import { Button } from '@/ui/Button'
import { CopyField } from '@/ui/CopyField'
import { Dialog } from '@/ui/Dialog'

export interface SecretDialogProps {
  title: string
  lead: string
  /** Names the secret: "Link", "Token". */
  label: string
  /** Shown while it is there. */
  secret: string | null
  onClose: () => void
}

/** Something that the server tells only once: it is shown until one has taken it along. */
export function SecretDialog({ title, lead, label, secret, onClose }: SecretDialogProps) {
  return (
    <Dialog
      open={secret !== null}
      onOpenChange={onClose}
      title={title}
      description={lead}
      width={480}
      footer={
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <CopyField label={label} value={secret ?? ''} note="Copy it now: it is not shown again." />
    </Dialog>
  )
}
