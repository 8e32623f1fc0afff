import { useEffect } from 'react'
import { listenToClipboard } from './clipboardCommands'
import type { Desk } from './command'
import { commands, isAvailable } from './commands'
import { isTyping, matches } from './keys'
import { listenAhead } from './listenAhead'

/** Shortcuts for the whole window: none while a dialog is open, only those with Mod while one types. */
export function useShortcuts(desk: Desk): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || document.querySelector('[role="dialog"], [role="menu"], [role="listbox"]')) return
      const typing = isTyping(event.target)
      const found = commands.find(
        (command) =>
          command.native !== true &&
          command.keys?.some((keys) => matches(keys, event) && !(typing && belongsToText(keys))) === true &&
          !(isButton(event.target) && (event.key === 'Enter' || event.key === ' ')) &&
          isAvailable(command, desk),
      )
      if (found === undefined) return
      event.preventDefault()
      void found.run(desk)
    }
    window.addEventListener('keydown', onKeyDown)
    const stops = [listenToClipboard(desk.graph), listenAhead()]
    return () => {
      window.removeEventListener('keydown', onKeyDown)
      for (const stop of stops) stop()
    }
  }, [desk])
}

/** Keys that mean something in a text field stay there: everything without Mod, and undo, redo and select all. */
const belongsToText = (keys: string) => !keys.includes('Mod+') || /^Mod\+(Shift\+)?[AZYDBIE]$/.test(keys)

const isButton = (target: EventTarget | null) =>
  target instanceof Element && target.matches('button, a, summary, [role="button"], [role="tab"], [role="menuitem"]')
