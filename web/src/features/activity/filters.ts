/** What the list can be narrowed to: one node, one person, one family of kinds. */
import type { Actor, WantedActivity } from '@/api/activity'

export interface Filters {
  node: { id: string; name: string } | null
  /** An id; empty for everyone. */
  person: string
  /** An id of `kindOptions`. */
  kind: string
}

export const noFilters: Filters = { node: null, person: '', kind: '' }

const families: Record<string, { label: string; kinds: string[] }> = {
  edits: { label: 'Edits', kinds: ['graph.edited', 'graph.restored', 'graph.created', 'graph.duplicated', 'graph.imported'] },
  versions: { label: 'Versions', kinds: ['version.*', 'graph.restored'] },
  runs: { label: 'Runs', kinds: ['run.*', 'history.*'] },
  comments: { label: 'Comments', kinds: ['thread.*', 'comment.*'] },
  sharing: { label: 'Sharing', kinds: ['grant.*', 'link.*', 'invitation.*', 'request.*'] },
}

export const kindOptions = [{ value: '', label: 'Everything' }, ...Object.entries(families).map(([value, { label }]) => ({ value, label }))]

export function wantedBy({ node, person, kind }: Filters): WantedActivity {
  const kinds = families[kind]?.kinds
  return { ...(node && { node: node.id }), ...(person !== '' && { person }), ...(kinds && { kinds }) }
}

/** Everyone once, by name; the server itself is nobody. Whoever changed their name is called as the first of these has it. */
export function peopleIn(actors: readonly Actor[]): { value: string; label: string }[] {
  const people = new Map(actors.filter(({ id, kind }) => id !== '' && kind !== 'server').map(({ id, name }) => [id, name]).reverse() as [string, string][])
  const named = [...people].map(([value, label]) => ({ value, label })).sort((a, b) => a.label.localeCompare(b.label))
  return [{ value: '', label: 'Everyone' }, ...named]
}
