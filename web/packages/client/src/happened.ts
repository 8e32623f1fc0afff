/** What happened to a thread between two looks at it, in the words of the model: twin of flowroom's `happened`. */
import type { Message, Thread } from '@/document/schema.gen'

/** One thing that happened in a discussion; `message` is undefined where it is about a thread as a whole. */
export interface DiscussionChange {
  kind: `thread.${'created' | 'resolved' | 'reopened' | 'deleted'}` | `comment.${'created' | 'edited' | 'deleted' | 'reacted'}`
  thread: string
  message?: string
  /** Who did it, by id, where that can be read from the thread. */
  by?: string
}

export function happened(before: Thread | undefined, after: Thread | undefined): DiscussionChange[] {
  if (after === undefined) return before === undefined ? [] : [{ kind: 'thread.deleted', thread: before.id }]
  return [...ofThread(before, after), ...ofMessages(after.id, before?.messages ?? [], after.messages)]
}

function ofThread(before: Thread | undefined, after: Thread): DiscussionChange[] {
  const thread = after.id
  if (before === undefined) return [withBy({ kind: 'thread.created', thread }, after.messages[0]?.author.id)]
  if (before.state === after.state) return []
  const by = after.resolved?.by.id
  return [withBy({ kind: by === undefined ? 'thread.reopened' : 'thread.resolved', thread }, by)]
}

function ofMessages(thread: string, before: readonly Message[], after: readonly Message[]): DiscussionChange[] {
  const was = new Map(before.map((message) => [message.id, message]))
  const now = new Set(after.map(({ id }) => id))
  const gone = before.filter(({ id }) => !now.has(id))
  return [
    ...gone.map(({ id }): DiscussionChange => ({ kind: 'comment.deleted', thread, message: id })),
    ...after.flatMap((message) => ofMessage(thread, was.get(message.id), message) ?? []),
  ]
}

function ofMessage(thread: string, was: Message | undefined, message: Message): DiscussionChange | undefined {
  const about = { thread, message: message.id }
  const author = message.author.id
  if (was === undefined) return message.deletedAt === null ? withBy({ kind: 'comment.created', ...about }, author) : undefined
  if (was.deletedAt === null && message.deletedAt !== null) return { kind: 'comment.deleted', ...about }
  if (differ([was.body, was.mentions], [message.body, message.mentions])) return withBy({ kind: 'comment.edited', ...about }, author)
  if (differ(was.reactions, message.reactions)) return withBy({ kind: 'comment.reacted', ...about }, whoReacted(was, message))
  return undefined
}

function whoReacted(was: Message, message: Message): string | undefined {
  const [one, other] = [was, message].map(({ reactions }) => new Set(pairs(reactions)))
  const changed = [...pairs(was.reactions), ...pairs(message.reactions)].filter((pair) => !one?.has(pair) || !other?.has(pair))
  const people = new Set(changed.map((pair) => pair.slice(pair.indexOf(' ') + 1)))
  return people.size === 1 ? [...people][0] : undefined
}

const pairs = (reactions: Message['reactions']) =>
  Object.entries(reactions).flatMap(([emoji, people]) => people.map((person) => `${emoji} ${person}`))

const withBy = (change: DiscussionChange, by: string | undefined): DiscussionChange => (by === undefined ? change : { ...change, by })
const differ = (one: unknown, other: unknown) => JSON.stringify(one) !== JSON.stringify(other)
