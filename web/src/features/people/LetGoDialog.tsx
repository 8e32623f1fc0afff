import { sentenceOf } from '@/api/ApiError'
import { tokensLeft, useChangeMember, useRemoveMember } from '@/api/people'
import type { LeftToken, Member } from '@/api/peopleShapes'
import { ConfirmDialog } from '@/ui/ConfirmDialog'
import { toast } from '@/ui/toast'

export interface LettingGo {
  member: Member
  how: 'disable' | 'remove'
}

export interface LetGoDialogProps {
  going: LettingGo | null
  /** They leave tokens behind, so it isn't done yet. */
  onTokens: (going: LettingGo, tokens: LeftToken[]) => void
  onClose: () => void
}

/** Asks before someone is shut out or removed, and names what is lost. */
export function LetGoDialog({ going, onTokens, onClose }: LetGoDialogProps) {
  const change = useChangeMember()
  const remove = useRemoveMember()
  const name = going?.member.name ?? ''
  const isRemoval = going?.how === 'remove'
  const outcome = {
    onSuccess: () => {
      toast.success(isRemoval ? `${name} was removed` : `${name} is shut out`)
      onClose()
    },
    onError: (error: Error) => {
      const tokens = tokensLeft(error)
      if (tokens !== undefined && going !== null) onTokens(going, tokens)
      else toast.error(`${name} is still in`, { description: sentenceOf(error) })
      onClose()
    },
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
        if (going === null) return
        if (isRemoval) remove.mutate({ id: going.member.id }, outcome)
        else change.mutate({ id: going.member.id, disabled: true }, outcome)
      }}
    />
  )
}
