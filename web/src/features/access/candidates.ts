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

/** Whether a text is an email address as far as the server looks at it. */
export const isEmail = (text: string) => /^[^@\s]+@[^@\s]+$/.test(text.trim())
