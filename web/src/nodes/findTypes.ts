import type { NodeType } from '@/document/schema.gen'

export interface PaletteCategory {
  category: string
  types: NodeType[]
}

const order = ['Triggers', 'AI', 'Data', 'Flow', 'Output']
const hidden: ReadonlySet<string> = new Set(['GroupInput', 'GroupOutput'])

/** The two ends of a group come with its ports, never by hand. */
export const isOffered = (type: NodeType) => !hidden.has(type.type)

/** The types that match, by category; a title that begins with the words comes before one that has them elsewhere. */
export function findTypes(types: readonly NodeType[], query: string): PaletteCategory[] {
  const words = query.trim().toLowerCase().split(/\s+/).filter(Boolean)
  const found = types
    .filter(isOffered)
    .map((type) => ({ type, rank: rankOf(type, words) }))
    .filter(({ rank }) => rank < Infinity)
    .sort((one, other) => one.rank - other.rank || one.type.title.localeCompare(other.type.title))
  const categories = new Map<string, NodeType[]>()
  for (const { type } of found) categories.set(type.category, [...(categories.get(type.category) ?? []), type])
  const entries = [...categories].map(([category, members]) => ({ category, types: members }))
  // While searching, the category of the best match stands first.
  return words.length > 0 ? entries : entries.sort((one, other) => placeOf(one.category) - placeOf(other.category))
}

function rankOf(type: NodeType, words: readonly string[]): number {
  const title = type.title.toLowerCase()
  const rest = `${type.type} ${type.category} ${type.description}`.toLowerCase()
  let rank = 0
  for (const word of words) {
    if (title.startsWith(word)) rank += 0
    else if (title.includes(word)) rank += 1
    else if (rest.includes(word)) rank += 2
    else return Infinity
  }
  return rank
}

function placeOf(category: string): number {
  const place = order.indexOf(category)
  return place === -1 ? order.length : place
}
