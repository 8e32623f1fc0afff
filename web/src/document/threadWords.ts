/** Threads in a few words: for a pin, a row of a list, a screen reader. */
import { inWords } from './discussion'
import type { Message, Thread } from './schema.gen'

const excerptLength = 140

/** How a message begins, on one line and without its marks. */
export function excerpt({ body, deletedAt }: Message, length = excerptLength): string {
  if (deletedAt !== null) return 'This comment was deleted.'
  const words = inWords(body)
  return words.length > length ? `${words.slice(0, length - 1).trimEnd()}…` : words
}

/** What a pin is called, and what it shows of what was said before one opens it. */
export function pinWords(threads: readonly Thread[], unread: number): { label: string; preview: string } {
  const [thread] = threads
  const [first] = thread?.messages ?? []
  if (thread === undefined || first === undefined) return { label: 'New comment', preview: 'New comment' }
  const many = threads.length > 1 ? `${String(threads.length)} threads, the newest` : 'Comment'
  const about = thread.quote === '' ? '' : ` on ${thread.quote}`
  const facts = [counted(threads.reduce((sum, { messages }) => sum + messages.length, 0), 'message'), unread > 0 && `${String(unread)} unread`]
  return {
    label: [`${many} by ${first.author.name}${about}`, ...facts].filter(Boolean).join(', '),
    preview: `${first.author.name}: ${excerpt(first, 90)}`,
  }
}

export const counted = (many: number, what: string) => `${String(many)} ${what}${many === 1 ? '' : 's'}`
