/** What of the selection may be grouped, taken apart, and put into a group or out of it; regroup.ts does it. */
import { containerTypes } from '@/document/protocol.gen'
import { sideOf } from '@/document/groupPorts'
import type { Node } from '@/document/schema.gen'
import { untilThere } from '@/ui/later'
import type { Desk } from './command'
import type * as Regroup from './regroup'

const containers: ReadonlySet<string> = new Set(containerTypes)

/** The selected nodes that a group can be made around: of one level, without what is inside another selected one. */
export function grouped({ graph }: Desk): Node[] {
  const { store, selection } = graph
  const nodes = [...selection.ids].flatMap((id) => store.node(id) ?? [])
  return nodes.filter((node) => sideOf(node) === undefined && (node.parent === null || !selection.has(node.parent)))
}

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
