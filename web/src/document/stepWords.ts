/** What one gesture did to the document, in the words of a button that takes it back: "move 3 nodes". */
import type * as Y from 'yjs'

type Change = Y.YEvent<Y.AbstractType<unknown>>

/** The records of one kind that were touched, and the fields of those that stood before. */
class Touched {
  readonly added = new Set<string>()
  readonly deleted = new Set<string>()
  readonly changed = new Set<string>()
  readonly fields = new Set<string>()

  take(events: readonly Change[]): void {
    for (const { path, keys } of events) {
      const [id, inside] = path
      if (typeof id !== 'string') {
        for (const [key, { action }] of keys) this[action === 'delete' ? 'deleted' : 'added'].add(key)
        continue
      }
      this.changed.add(id)
      for (const field of inside === undefined ? keys.keys() : [inside]) this.fields.add(String(field))
    }
  }

  /** The same again, to what was touched before. */
  join(later: Touched): void {
    for (const kind of ['added', 'deleted', 'changed', 'fields'] as const) for (const each of later[kind]) this[kind].add(each)
  }

  words(what: string): string[] {
    const { added, deleted, changed } = this
    if (added.size + deleted.size === 0) return changed.size > 0 ? [`${this.verb} ${some(changed.size, what)}`] : []
    return [
      ...(added.size > 0 ? [`add ${some(added.size, what)}`] : []),
      ...(deleted.size > 0 ? [`delete ${some(deleted.size, what)}`] : []),
    ]
  }

  private get verb(): string {
    const [field, another] = this.fields
    return (another === undefined && verbs[field ?? '']) || 'change'
  }
}

const verbs: Record<string, string> = { pos: 'move', name: 'rename' }

export class Step {
  readonly nodes = new Touched()
  readonly edges = new Touched()
  /** What the gesture calls itself, where that says more than what it touched. */
  name: string | undefined

  join(later: Step): void {
    this.nodes.join(later.nodes)
    this.edges.join(later.edges)
  }

  /** Edges come and go with nodes: they are named where no node does. */
  get words(): string {
    const { nodes, edges, name } = this
    const comes = nodes.added.size + nodes.deleted.size > 0
    return name ?? ([...nodes.words('node'), ...(comes ? [] : edges.words('edge'))].join(', ') || 'change the graph')
  }
}

/** "a node", "an edge", "3 nodes". */
export const some = (count: number, what: string) => (count === 1 ? `${what.startsWith('e') ? 'an' : 'a'} ${what}` : `${String(count)} ${what}s`)
