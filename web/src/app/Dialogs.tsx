import type { Desk } from '@/commands/command'
import { CommandPalette } from '@/commands/CommandPalette'
import { HelpSheet } from '@/commands/HelpSheet'
import { useLostField } from '@/commands/lostField'
import { useWentBack } from '@/features/versions/useWentBack'
import { VersionsDialog } from '@/features/versions/VersionsDialog'

/** What opens over the editor, and what else one needs only after a while; loaded after it. */
export function Dialogs({ desk }: { desk: Desk }) {
  useLostField(desk.graph)
  useWentBack()
  return (
    <>
      <CommandPalette desk={desk} />
      <HelpSheet />
      <VersionsDialog />
    </>
  )
}
