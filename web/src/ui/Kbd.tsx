import styles from './Kbd.module.css'

const isMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent)

/** The same on every keyboard, and shorter drawn than written. */
const ARROWS = { ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', Arrows: '← ↑ ↓ →' }
const MAC: Record<string, string> = {
  ...ARROWS,
  Mod: '⌘', Shift: '⇧', Alt: '⌥', Enter: '↵', Backspace: '⌫', Escape: 'esc',
  Delete: '⌦',
}
const OTHER: Record<string, string> = { ...ARROWS, Mod: 'Ctrl', Escape: 'Esc' }

/** The keys of a shortcut as this machine's keyboard names them: "Mod+Shift+Z" → ["Ctrl", "Shift", "Z"]. */
export function keyNames(keys: string, mac = isMac): string[] {
  const names = mac ? MAC : OTHER
  // The last of "Mod++" is a key, not a joint.
  return keys.split(/\+(?!$)/).map((key) => names[key] ?? (key.length === 1 ? key.toUpperCase() : key))
}

export function Kbd({ keys }: { keys: string }) {
  return (
    <span className={styles.keys}>
      {keyNames(keys).map((key) => (
        <kbd key={key} className={styles.key}>
          {key}
        </kbd>
      ))}
    </span>
  )
}
