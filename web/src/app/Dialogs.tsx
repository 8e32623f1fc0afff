import type { Desk } from '@/commands/command'
import { CommandPalette } from '@/commands/CommandPalette'
import { HelpSheet } from '@/commands/HelpSheet'
import { VersionsDialog } from '@/features/versions/VersionsDialog'

/** What opens over the editor; loaded after it. */
export function Dialogs({ desk }: { desk: Desk }) {
  return (
    <>
      <CommandPalette desk={desk} />
      <HelpSheet />
      <VersionsDialog />
    </>
  )
}
