/** A row of activity in words: the server says what was done, and what changed is taken out of it to be seen beside. */
import type { ActivityRow } from '@/api/activity'
import { now } from '@/ui/now'

export interface RowWords {
  text: string
  /** From what to what, when the sentence ended with it. */
  change?: { before: string; after: string }
}

export function wordsOf({ text, facts }: Pick<ActivityRow, 'text' | 'facts'>): RowWords {
  const { before, after } = facts
  const tail = ` from ${quoted(before)} to ${quoted(after)}`
  if (!('after' in facts) || !text.endsWith(tail)) return { text: capitalised(text) }
  return { text: capitalised(text.slice(0, -tail.length)), change: { before: plain(before), after: plain(after) } }
}

/** Who it was; nobody is the server itself. */
export const nameOf = ({ by }: Pick<ActivityRow, 'by'>) => (by.kind === 'server' || by.name === '' ? 'Flowroom' : by.name)

/** "Today", "Yesterday", "Monday 23 November". */
export function dayOf(at: number, today = new Date(now())): string {
  const day = new Date(at * 1000)
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1)
  if (day.toDateString() === today.toDateString()) return 'Today'
  if (day.toDateString() === yesterday.toDateString()) return 'Yesterday'
  const year = day.getFullYear() === today.getFullYear() ? undefined : 'numeric'
  return day.toLocaleDateString('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year })
}

export interface Day {
  name: string
  rows: ActivityRow[]
}

/** Rows in their order, cut where a day begins. */
export function byDay(rows: readonly ActivityRow[], today = new Date(now())): Day[] {
  const days: Day[] = []
  for (const row of rows) {
    const name = dayOf(row.at, today)
    const last = days.at(-1)
    if (last?.name === name) last.rows.push(row)
    else days.push({ name, rows: [row] })
  }
  return days
}

/** As the server writes a value into its sentence. */
function quoted(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  return typeof value === 'string' ? `“${value}”` : JSON.stringify(value)
}

function plain(value: unknown): string {
  if (value === '') return 'empty'
  return typeof value === 'string' ? value : quoted(value)
}

const capitalised = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
