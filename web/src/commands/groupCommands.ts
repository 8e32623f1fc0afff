/** What of the selection may be grouped, taken apart, and put into a group or out of it; regroup.ts does it. */
import { containerTypes } from '@/document/protocol.gen'
import { sideOf } from '@/document/groupPorts'
import type { OpenGraph } from '@/document/openGraph'
import type { Node } from '@/document/schema.gen'
import { untilThere } from '@/ui/later'
import type { Desk } from './command'
import type * as Regroup from './regroup'

const containers: ReadonlySet<string> = new Set(containerTypes)

/** The selected nodes that no other selected one takes along, however deep inside it they are. */
export function outermost({ store, selection }: OpenGraph): Node[] {
  const isTakenAlong = ({ parent }: Node) => {
    const seen = new Set<string>()
    for (let at = parent; at !== null && !seen.has(at); at = store.node(at)?.parent ?? null) {
      if (selection.has(at)) return true
      seen.add(at)
    }
    return false
  }
  return [...selection.ids].flatMap((id) => store.node(id) ?? []).filter((node) => !isTakenAlong(node))
}

/** The selected nodes that a group can be made around: the ends of a group stay in it. */
export const grouped = ({ graph }: Desk): Node[] => outermost(graph).filter((node) => sideOf(node) === undefined)

export function canGroup(desk: Desk): boolean {
  const levels = new Set(desk.graph.canEdit ? grouped(desk).map((node) => node.parent) : [])
  return levels.size === 1
}

/** The selected nodes that lie in a group and may leave it. */
export const insiders = (desk: Desk) => grouped(desk).filter((node) => node.parent !== null)

export const canTakeOut = (desk: Desk) => desk.graph.canEdit && insiders(desk).length > 0

/** The group on the level of the selected nodes that is nearest to the first of them. */
export function nearestGroup(desk: Desk): Node | undefined {
  const nodes = grouped(desk)
  const [first] = nodes
  if (first === undefined || nodes.some((node) => node.parent !== first.parent)) return undefined
  const far = ({ pos }: Node) => Math.hypot(pos[0] - first.pos[0], pos[1] - first.pos[1])
  const groups = desk.graph.store.nodes.filter(
    (node) => containers.has(node.type) && node.parent === first.parent && !desk.graph.selection.has(node.id),
  )
  return groups.sort((a, b) => far(a) - far(b))[0]
}

export const canPutIn = (desk: Desk) => desk.graph.canEdit && nearestGroup(desk) !== undefined

export const selectedGroups = ({ graph }: Desk) => [...graph.selection.ids].filter((id) => containers.has(graph.store.node(id)?.type ?? ''))

export const canUngroup = (desk: Desk) => desk.graph.canEdit && selectedGroups(desk).length > 0

export const importRegroup = () => import('./regroup')

/** One of the commands of regroup.ts. */
export const regroup = (name: keyof typeof Regroup) => async (desk: Desk) => (await untilThere(importRegroup))[name](desk)
