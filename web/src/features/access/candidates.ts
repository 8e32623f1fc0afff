import type { Member, PersonWithAccess } from '@/api/peopleShapes'

const MOST = 5

/** Members who could be added: their name or address has the text, and the graph was not given to them yet. */
export function candidates(members: readonly Member[], people: readonly PersonWithAccess[], text: string): Member[] {
  const words = text.trim().toLowerCase()
  const given = new Set(people.filter(({ via }) => via !== 'link').map(({ id }) => id))
  const matches = ({ id, name, email, disabled }: Member) =>
    !disabled && !given.has(id) && `${name} ${email}`.toLowerCase().includes(words)
  return words === '' ? [] : members.filter(matches).slice(0, MOST)
}

/** The names of those whom a text means and who have the graph already: by name, or by the address that members have. */
export function holders(members: readonly Member[], people: readonly PersonWithAccess[], text: string): string[] {
  const words = text.trim().toLowerCase()
  const emails = new Map(members.map(({ id, email }) => [id, email]))
  return people
    .filter(({ id, name, via }) => via !== 'link' && `${name} ${emails.get(id) ?? ''}`.toLowerCase().includes(words))
    .slice(0, MOST)
    .map(({ name }) => name)
}

/** Whether a text is an email address as far as the server looks at it. */
export const isEmail = (text: string) => /^[^@\s]+@[^@\s]+$/.test(text.trim())
