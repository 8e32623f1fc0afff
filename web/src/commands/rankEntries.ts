/** What is found by typing, best first. Pure. */
export interface Findable {
  title: string
  /** What else is said of it; only its whole words are looked for. */
  about?: string
}

export interface EntryGroup<Entry extends Findable> {
  heading: string
  entries: readonly Entry[]
}

/** The entries that match every word, best first; the group of the best stands first. Without words, all as they are. */
export function rankEntries<Entry extends Findable>(groups: readonly EntryGroup<Entry>[], query: string): EntryGroup<Entry>[] {
  const words = query.trim().toLowerCase().split(/\s+/)
  const ranked = groups.map(({ heading, entries }) => {
    const found = entries
      .map((entry) => ({ entry, rank: rankOf(entry, words) }))
      .filter(({ rank }) => rank < Infinity)
      .sort((one, other) => one.rank - other.rank)
    return { heading, entries: found.map(({ entry }) => entry), best: found[0]?.rank ?? Infinity }
  })
  return ranked.filter(({ entries }) => entries.length > 0).sort((one, other) => one.best - other.best)
}

/** As good as the word that is matched worst. */
const rankOf = ({ title, about = '' }: Findable, words: readonly string[]) =>
  Math.max(...words.map((word) => rankOfWord(title.toLowerCase(), about.toLowerCase(), word)))

function rankOfWord(title: string, about: string, word: string): number {
  if (title.startsWith(word)) return 0
  if (wordsOf(title).some((each) => each.startsWith(word))) return 1
  if (title.includes(word)) return 2
  return wordsOf(about).includes(word) ? 3 : Infinity
}

const wordsOf = (text: string) => text.split(/[^\p{L}\p{N}]+/u)
