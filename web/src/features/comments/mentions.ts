/**
 * Mentions while one writes: the text holds `@Ada`, as people say it, and beside it is kept who is meant: the first Ada by
 * the first `@Ada` that stands there, the second by the second. Only what is sent says `@[Ada](id)`. Pure.
 */
import type { User } from '@/document/schema.gen'

export interface Mentionable extends Pick<User, 'id' | 'name' | 'colour' | 'kind'> {
  /** Would not be told: they can't see the graph. */
  isOutside?: boolean
  /** Of a member, to tell those apart who have one name. */
  email?: string
}

/** Who is meant. `at` is where they stood who stand nowhere any more. */
interface Meant extends Pick<User, 'id' | 'name'> {
  at?: number
}

/** A text that is being written, and who was chosen in it, in the order in which they stand there. */
export interface Draft {
  text: string
  /** Of those with one name the last is meant wherever it stands more often than that; who stands nowhere any more comes last. */
  people: readonly Meant[]
}

export const emptyDraft: Draft = { text: '', people: [] }

const sent = /@\[([^\]\n]{1,200})\]\(([^()\s]{1,64})\)/g
/** What may stand before an @ that calls someone; in a mail address there is none of it. */
const opening = /(?:^|[\s([{"'])@([^@\n]{0,40})$/

/** What is being looked for, and where its @ stands; undefined when the caret is at no mention, or just behind one that is made. */
export function mentionAt({ text, people }: Draft, caret: number): { query: string; from: number } | undefined {
  const found = opening.exec(text.slice(0, caret))
  const query = found?.[1]
  if (query === undefined || people.some(({ name }) => query === `${name} `)) return undefined
  return { query, from: caret - query.length - 1 }
}

/** Those whose name has a word that begins as the query does; whoever begins with it, and sees the graph, comes first. */
export function matching(people: readonly Mentionable[], query: string, most = 6): Mentionable[] {
  const wanted = query.toLowerCase()
  const rank = ({ name }: Mentionable) => {
    const lower = name.toLowerCase()
    return lower.startsWith(wanted) ? 0 : lower.split(/\s+/).some((word) => word.startsWith(wanted)) ? 1 : 2
  }
  return people
    .map((person) => [rank(person), person] as const)
    .filter(([order]) => order < 2)
    .sort(([a, one], [b, other]) => Number(one.isOutside ?? false) - Number(other.isOutside ?? false) || a - b || one.name.localeCompare(other.name))
    .slice(0, most)
    .map(([, person]) => person)
}

/** The draft with someone chosen for the mention at `from`, and where the caret is then. */
export function choose(draft: Draft, from: number, caret: number, { id, name }: Pick<User, 'id' | 'name'>): { draft: Draft; caret: number } {
  const before = `${draft.text.slice(0, from)}@${name} `
  const after = draft.text.slice(caret).replace(/^ /, '')
  const [stand, gone] = [draft.people.filter(({ at }) => at === undefined), draft.people.filter(({ at }) => at !== undefined)]
  const people = [...stand, { id, name, at: from }, ...gone]
  return { draft: changed({ ...draft, people }, before + after, [from, after.length]), caret: before.length }
}

/**
 * The draft with its text changed at one place: who is meant elsewhere stays who they are, though others have their name.
 * A name that comes back is that of whoever had it nearest to there, before it was broken or taken out.
 */
export const edited = (draft: Draft, text: string): Draft => changed(draft, text, unchanged(draft.text, text))

function changed(draft: Draft, text: string, [start, end]: [number, number]): Draft {
  const tail = draft.text.length - end
  const moved = (at: number) => (at >= tail ? at + text.length - draft.text.length : Math.min(at, start))
  const before = standing(draft)
  const after = standing({ text, people: draft.people })
  const kept = (one: Mention) =>
    before.find(({ from, to, name }) => (to <= start || from >= tail) && moved(from) === one.from && name === one.name)
  const stay = new Set(after.map(kept))
  const lost = before.filter((mention) => !stay.has(mention)).map(({ id, name, from }) => ({ id, name, at: from }))
  const gone = [...draft.people, ...lost].flatMap(({ id, name, at }) => (at === undefined ? [] : [{ id, name, at: moved(at) }]))
  const people = after.map((mention) => {
    const { id } = kept(mention) ?? takeNearest(gone, mention) ?? mention
    return { id, name: mention.name }
  })
  return { text, people: [...people, ...gone] }
}

/** Takes whoever has that name and stood nearest to that place from those who stand nowhere any more. */
function takeNearest(gone: Required<Meant>[], { name, from }: Mention): Meant | undefined {
  const [nearest] = gone.filter((one) => one.name === name).sort((one, other) => Math.abs(one.at - from) - Math.abs(other.at - from))
  if (nearest !== undefined) gone.splice(gone.indexOf(nearest), 1)
  return nearest
}

/** How many letters two texts have in common at their beginning, and at their end behind that. */
function unchanged(one: string, other: string): [number, number] {
  const most = Math.min(one.length, other.length)
  let [start, end] = [0, 0]
  while (start < most && one[start] === other[start]) start++
  while (end < most - start && one[one.length - 1 - end] === other[other.length - 1 - end]) end++
  return [start, end]
}

interface Mention extends Pick<User, 'id' | 'name'> {
  from: number
  to: number
}

/** Where people are called in a text, and who they are. */
function standing({ text, people }: Draft): Mention[] {
  const longestFirst = [...people].sort((a, b) => b.name.length - a.name.length)
  if (longestFirst.length === 0) return []
  const names = new RegExp(`(?<=^|[\\s([{"'])@(${longestFirst.map(({ name }) => escape(name)).join('|')})(?![\\p{L}\\p{N}_])`, 'gu')
  const times = new Map<string, number>()
  return [...text.matchAll(names)].map(({ 0: whole, 1: name = '', index: from }) => {
    const time = times.get(name) ?? 0
    times.set(name, time + 1)
    const namesakes = people.filter((person) => person.name === name)
    return { id: (namesakes[time] ?? namesakes.at(-1))?.id ?? '', name, from, to: from + whole.length }
  })
}

/** What is sent: whoever was chosen and still stands there is called. */
export function toMarkdown(draft: Draft): string {
  const mentions = standing(draft)
  const between = [0, ...mentions.map(({ to }) => to)].map((from, at) => draft.text.slice(from, mentions[at]?.from))
  return between.map((text, at) => text + written(mentions[at])).join('')
}

const written = (mention: Mention | undefined): string => (mention === undefined ? '' : `@[${mention.name}](${mention.id})`)

/** What was sent, to be changed. */
export function toDraft(markdown: string): Draft {
  const people = [...markdown.matchAll(sent)].map(([, name = '', id = '']) => ({ id, name }))
  return { text: markdown.replace(sent, '@$1'), people }
}

/** Who is called by what would be sent. */
export const called = (draft: Draft): Draft['people'] => toDraft(toMarkdown(draft)).people

const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
