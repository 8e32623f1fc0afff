import styles from './Kbd.module.css'

const isMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent)

const MAC: Record<string, string> = { Mod: '⌘', Shift: '⇧', Alt: '⌥', Enter: '↵', Backspace: '⌫', Escape: 'esc' }
const OTHER: Record<string, string> = { Mod: 'Ctrl', Escape: 'Esc' }

/** The keys of a shortcut as this machine's keyboard names them: "Mod+Shift+Z" → ["Ctrl", "Shift", "Z"]. */
export function keyNames(keys: string, mac = isMac): string[] {
  const names = mac ? MAC : OTHER
  return keys.split('+').map((key) => names[key] ?? (key.length === 1 ? key.toUpperCase() : key))
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
