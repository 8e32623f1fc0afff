import { sentenceOf } from '@/api/ApiError'
import { type Fates, leftBehind, useChangeMember, useRemoveMember } from '@/api/people'
import type { Member } from '@/api/peopleShapes'
import { ConfirmDialog } from '@/ui/ConfirmDialog'
import { toast } from '@/ui/toast'

import type { Leaving } from './LeftDialog'

export interface LettingGo {
  member: Member
  how: 'disable' | 'remove'
}

export interface LetGoDialogProps {
  going: LettingGo | null
  /** They leave something behind, so it isn't done yet. */
  onLeft: (leaving: Leaving) => void
  onClose: () => void
}

/** Asks before someone is shut out or removed, and names what is lost. */
export function LetGoDialog({ going, onLeft, onClose }: LetGoDialogProps) {
  const change = useChangeMember()
  const remove = useRemoveMember()
  const name = going?.member.name ?? ''
  const isRemoval = going?.how === 'remove'
  const letGo = async (member: Member) => {
    const goOn = async (fates: Fates) => {
      const said = { id: member.id, ...fates }
      await (isRemoval ? remove.mutateAsync(said) : change.mutateAsync({ ...said, disabled: true }))
    }
    try {
      await goOn({})
      toast.success(isRemoval ? `${name} was removed` : `${name} is shut out`)
    } catch (error) {
      const left = leftBehind(error as Error)
      if (left !== undefined) onLeft({ name, left, goOn })
      else toast.error(`${name} is still in`, { description: sentenceOf(error as Error) })
    }
    onClose()
  }
  return (
    <ConfirmDialog
      open={going !== null}
      onOpenChange={onClose}
      title={isRemoval ? `Remove ${name}?` : `Shut out ${name}?`}
      loses={
        isRemoval
          ? 'The account, its password and every graph that was shared with it are lost, and they are out of all graphs at once. What they did stays. To have them back you invite them anew, and share with them again.'
          : 'They are signed out everywhere and out of all graphs at once, and can’t sign in. Their account and what was shared with them is kept, and you can let them in again.'
      }
      action={isRemoval ? 'Remove' : 'Shut out'}
      busy={change.isPending || remove.isPending}
      onConfirm={() => {
        if (going !== null) void letGo(going.member)
      }}
    />
  )
}
