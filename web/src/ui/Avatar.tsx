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
      data-initials={initials(name, size < 20 ? 1 : 2)}
    />
  )
}

/** "Ada Lovelace" → "AL", "ada" → "A". */
export function initials(name: string, most: 1 | 2 = 2): string {
  const words = name.trim().split(/\s+/).filter(Boolean)
  const [first = '?', last = ''] = [words[0], words.slice(1).at(-1)].map((word) => word && firstSign(word))
  return (most === 1 ? first : first + last).toUpperCase()
}

/** What one sees as one sign may be several characters, such as a flag. Not every browser can tell. */
const signs = Intl.Segmenter as typeof Intl.Segmenter | undefined

function firstSign(word: string): string | undefined {
  const [first] = signs === undefined ? [...word] : Array.from(new signs().segment(word), ({ segment }) => segment)
  return first
}
