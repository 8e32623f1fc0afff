/**
 * Mentions while one writes: the text holds `@Ada`, as people say it, and beside it is kept who was chosen for which
 * name. Only what is sent says `@[Ada](id)`. Pure.
 */
import type { User } from '@/document/schema.gen'

export interface Mentionable extends Pick<User, 'id' | 'name' | 'colour' | 'kind'> {
  /** Would not be told: they can't see the graph. */
  isOutside?: boolean
  /** Of a member, to tell those apart who have one name. */
  email?: string
}

/** A text that is being written, and who was chosen in it. */
export interface Draft {
  text: string
  people: readonly Pick<User, 'id' | 'name'>[]
}

export const emptyDraft: Draft = { text: '', people: [] }

const written = /@\[([^\]\n]{1,200})\]\(([^()\s]{1,64})\)/g
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
  const people = [...draft.people.filter((person) => person.name !== name), { id, name }]
  return { draft: { text: before + draft.text.slice(caret).replace(/^ /, ''), people }, caret: before.length }
}

/** What is sent: whoever was chosen and still stands there is called. */
export function toMarkdown({ text, people }: Draft): string {
  const longestFirst = [...people].sort((a, b) => b.name.length - a.name.length)
  if (longestFirst.length === 0) return text
  const names = new RegExp(`(^|[\\s([{"'])@(${longestFirst.map(({ name }) => escape(name)).join('|')})(?![\\p{L}\\p{N}_])`, 'gu')
  const ids = new Map(people.map(({ id, name }) => [name, id]))
  return text.replace(names, (_, before: string, name: string) => `${before}@[${name}](${ids.get(name) ?? ''})`)
}

/** What was sent, to be changed. */
export function toDraft(markdown: string): Draft {
  const people = [...markdown.matchAll(written)].map(([, name = '', id = '']) => ({ id, name }))
  return { text: markdown.replace(written, '@$1'), people }
}

/** Who is called by what would be sent. */
export const called = (draft: Draft): Draft['people'] => toDraft(toMarkdown(draft)).people

const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
