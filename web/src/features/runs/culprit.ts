import type { RunNodeRow } from '@/document/runDocument'
import { nodeStateFaces } from '@/nodes/nodeState'

/**
 * The node at which a run failed, of those that are still in the graph: the run's error begins with the title of one. Of
 * a group that is what failed in it first, and where no title fits (any more) what failed first at all. Pure.
 */
export function culprit(error: string, rows: ReadonlyMap<string, RunNodeRow>, titles: ReadonlyMap<string, string>): string | undefined {
  const failed = [...rows].filter(([id, { status }]) => titles.has(id) && nodeStateFaces[status].tone === 'failed')
  const named = failed.find(([id]) => error.startsWith(`${titles.get(id) ?? ''}:`))?.[1].path
  const within = failed.filter(([, { path }]) => named === undefined || `${path}/`.startsWith(`${named}/`))
  const when = ({ finished }: RunNodeRow) => finished ?? Infinity
  const [first] = within.sort(([, a], [, b]) => when(a) - when(b) || b.path.length - a.path.length)
  return first?.[0]
}
