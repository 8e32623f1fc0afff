import { sentenceOf } from '@/api/ApiError'
import { type TokensLeft, tokensLeft, useChangeMember, useRemoveMember } from '@/api/people'
import type { Member } from '@/api/peopleShapes'
import { ConfirmDialog } from '@/ui/ConfirmDialog'
import { toast } from '@/ui/toast'

import type { LeavingTokens } from './LeftTokensDialog'

export interface LettingGo {
  member: Member
  how: 'disable' | 'remove'
}

export interface LetGoDialogProps {
  going: LettingGo | null
  /** They leave tokens behind, so it isn't done yet. */
  onTokens: (leaving: LeavingTokens) => void
  onClose: () => void
}

/** Asks before someone is shut out or removed, and names what is lost. */
export function LetGoDialog({ going, onTokens, onClose }: LetGoDialogProps) {
  const change = useChangeMember()
  const remove = useRemoveMember()
  const name = going?.member.name ?? ''
  const isRemoval = going?.how === 'remove'
  const letGo = async (member: Member) => {
    const goOn = async (tokens?: TokensLeft) => {
      const said = { id: member.id, ...(tokens && { tokens }) }
      await (isRemoval ? remove.mutateAsync(said) : change.mutateAsync({ ...said, disabled: true }))
    }
    try {
      await goOn()
      toast.success(isRemoval ? `${name} was removed` : `${name} is shut out`)
    } catch (error) {
      const tokens = tokensLeft(error as Error)
      if (tokens !== undefined) onTokens({ name, tokens, goOn })
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
