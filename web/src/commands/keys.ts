/** Shortcuts as words ("Mod+Shift+Z") held against key presses. Pure. */
export interface KeyPress {
  key: string
  code: string
  ctrlKey: boolean
  metaKey: boolean
  shiftKey: boolean
  altKey: boolean
}

export function matches(keys: string, press: KeyPress): boolean {
  const parts = keys.split(/\+(?!$)/)
  const key = parts.at(-1) ?? ''
  const wants = (name: string) => parts.slice(0, -1).includes(name)
  // A sign such as "?" needs Shift on some keyboards and not on others: only letters and named keys mind it.
  const minds = /^[a-z0-9]$/i.test(key) || key.length > 1
  return (
    wants('Mod') === (press.ctrlKey || press.metaKey) &&
    wants('Alt') === press.altKey &&
    (!minds || wants('Shift') === press.shiftKey) &&
    isKey(key, press)
  )
}

/**
 * A digit is meant by its place: with Shift it types something else. A letter is meant by what it types; where Alt makes
 * another sign of it, as on a Mac, by its place.
 */
function isKey(key: string, press: KeyPress): boolean {
  if (/^[0-9]$/.test(key)) return press.code === `Digit${key}`
  if (/^[a-z]$/i.test(key) && press.altKey && !/^[a-z]$/i.test(press.key)) return press.code === `Key${key.toUpperCase()}`
  return press.key.toLowerCase() === key.toLowerCase() || (key === 'Space' && press.key === ' ')
}

/** Whether a key press is text for a field, so that single keys are no shortcuts there. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches('input, textarea, select, [role="textbox"], [role="slider"], [role="separator"]'))
  )
}
