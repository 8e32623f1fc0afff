/** The emoji under a message; a click adds one's own or takes it away. */
import { SmilePlus } from 'lucide-react'

import type { Message } from '@/document/schema.gen'
import { Popover } from '@/ui/Popover'
import { Tooltip } from '@/ui/Tooltip'

import styles from './Message.module.css'

const palette = [
  ['👍', 'Thumbs up'],
  ['❤️', 'Heart'],
  ['🎉', 'Party'],
  ['😄', 'Smile'],
  ['👀', 'Eyes'],
  ['🙏', 'Thanks'],
  ['✅', 'Done'],
  ['🤔', 'Thinking'],
] as const

export interface ReactionsProps {
  reactions: Message['reactions']
  me: string
  /** Ids of people → their names, as far as they are known. */
  names: ReadonlyMap<string, string>
  /** Unset for whoever may only look. */
  onReact?: (emoji: string, on: boolean) => void
}

export function Reactions({ reactions, me, names, onReact }: ReactionsProps) {
  const all = Object.entries(reactions)
  if (all.length === 0) return null
  return (
    <div className={styles.reactions} role="group" aria-label="Reactions">
      {all.map(([emoji, people]) => {
        const mine = people.includes(me)
        const who = people.map((id) => (id === me ? 'you' : (names.get(id) ?? 'someone'))).join(', ')
        return (
          <Tooltip key={emoji} label={who} side="top">
            <button
              type="button"
              className={styles.reaction}
              aria-pressed={mine}
              aria-label={`${emoji} ${String(people.length)}, ${who}`}
              disabled={onReact === undefined}
              onClick={() => onReact?.(emoji, !mine)}
            >
              {emoji} <span>{people.length}</span>
            </button>
          </Tooltip>
        )
      })}
    </div>
  )
}

/** A small palette; with its choice it closes. */
export function ReactButton({ reactions, me, onReact }: Required<Pick<ReactionsProps, 'reactions' | 'me' | 'onReact'>>) {
  return (
    <Popover
      label="Reactions"
      side="top"
      align="end"
      width={296}
      trigger={
        <button type="button" className={styles.tool} aria-label="React">
          <SmilePlus size={14} aria-hidden />
        </button>
      }
    >
      {(close) => (
        <div className={styles.palette}>
          {palette.map(([emoji, name]) => (
            <button
              key={emoji}
              type="button"
              className={styles.emoji}
              aria-label={name}
              onClick={() => {
                close()
                onReact(emoji, reactions[emoji]?.includes(me) !== true)
              }}
            >
              {emoji}
            </button>
          ))}
        </div>
      )}
    </Popover>
  )
}
