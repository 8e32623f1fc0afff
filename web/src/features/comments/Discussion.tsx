/** What the discussion adds over the editor: the window at a pin, and the way from an address to a thread. */
import { ThreadPopover } from './ThreadPopover'
import { useThreadOfAddress } from './useThreadOfAddress'

export function Discussion() {
  useThreadOfAddress()
  return <ThreadPopover />
}
