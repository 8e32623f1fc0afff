/** A thread of a discussion document as a plain row. Stands in for discussion.ts. */
import * as Y from 'yjs'
import type { Message, Thread } from './schema.gen'

export function readThread(id: string, shared: unknown): Thread | undefined {
  if (!(shared instanceof Y.Map)) return undefined
  const raw = shared.toJSON() as Partial<Thread> & { messages?: (Partial<Message> & { reactions?: Record<string, number> })[] }
  const messages = (raw.messages ?? []).map((message): Message => {
    const reactions: Record<string, string[]> = {}
    const timed = Object.entries(message.reactions ?? {}).sort((a, b) => Number(a[1]) - Number(b[1]))
    for (const [key] of timed) {
      const [emoji = '', person = ''] = key.split(' ')
      ;(reactions[emoji] ??= []).push(person)
    }
    return { id: '', author: { id: '', name: '', colour: '', kind: 'person' }, at: 0, body: '', editedAt: null, deletedAt: null, mentions: [], ...message, reactions } as Message
  })
  if (messages.length === 0) return undefined
  return { id, anchor: raw.anchor ?? { type: 'unknown' }, quote: raw.quote ?? '', state: raw.state ?? 'open', resolved: raw.resolved ?? null, messages }
}
