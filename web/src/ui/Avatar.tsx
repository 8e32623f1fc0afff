import { classNames } from './classNames'
import { readableOn } from './readableOn'
import styles from './Avatar.module.css'

export interface AvatarProps {
  name: string
  colour: string
  size?: number
  /** A ring in the person's colour, such as while they are followed. */
  ringed?: boolean
}

/** A person's first letters on their colour. They are drawn by CSS: the name beside or around it is what is read. */
export function Avatar({ name, colour, size = 28, ringed = false }: AvatarProps) {
  return (
    <span
      className={classNames(styles.avatar, ringed && styles.ringed)}
      style={{
        width: size,
        height: size,
        fontSize: Math.round(size * 0.4),
        background: colour,
        color: readableOn(colour),
        ['--ring' as string]: colour,
      }}
      aria-hidden
      data-initials={size < 20 ? initials(name).slice(0, 1) : initials(name)}
    />
  )
}

/** "Ada Lovelace" → "AL", "ada" → "A". */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean)
  const first = [...(words[0] ?? '?')][0] ?? '?'
  const last = words.length > 1 ? ([...(words.at(-1) ?? '')][0] ?? '') : ''
  return (first + last).toUpperCase()
}
