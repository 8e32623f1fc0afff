/** Making groups of what is selected, and taking them apart. */
import { makeWay } from '@/canvas/makeWay'
import { layOut } from '@/canvas/scene'
import { between, group, ungroup } from '@/document/containers'
import { sideOf } from '@/document/groupPorts'
import { containerTypes } from '@/document/protocol.gen'
import type { Node } from '@/document/schema.gen'
import { titleOf } from '@/document/titles'
import type { Desk } from './command'

const containers: ReadonlySet<string> = new Set(containerTypes)

/** The selected nodes that a group can be made around: of one level, without what is inside another selected one. */
function grouped({ graph }: Desk): Node[] {
  const { store, selection } = graph
  const nodes = [...selection.ids].flatMap((id) => store.node(id) ?? [])
  return nodes.filter((node) => sideOf(node) === undefined && (node.parent === null || !selection.has(node.parent)))
}

export function canGroup(desk: Desk): boolean {
  const levels = new Set(desk.graph.canEdit ? grouped(desk).map((node) => node.parent) : [])
  return levels.size === 1
}

export function groupSelection(desk: Desk): void {
  const { graph, complain } = desk
  const ids = new Set(grouped(desk).map((node) => node.id))
  const left = graph.store.meta.execution === 'dataflow' ? between(graph.store, graph.types, ids) : []
  if (left.length > 0) {
    const names = left.slice(0, 3).map((node) => `“${titleOf(node, graph.types.get(node.type))}”`)
    const why = `${names.join(', ')}${left.length > 3 ? ' and more' : ''} would come after it and before it. Select what lies between, too.`
    complain('This group would wait for itself', new Error(why))
    return
  }
  const made = graph.document.gesture(() => {
    const id = group(graph.document, ids)
    const scene = layOut(graph.document.allNodes(), graph.document.allEdges(), graph.types)
    if (id !== undefined) graph.document.moveNodes(makeWay(scene, id))
    return id
  })
  if (made !== undefined) graph.selection.set([made])
}

const selectedGroups = ({ graph }: Desk) => [...graph.selection.ids].filter((id) => containers.has(graph.store.node(id)?.type ?? ''))

export const canUngroup = (desk: Desk) => desk.graph.canEdit && selectedGroups(desk).length > 0

export function ungroupSelection(desk: Desk): void {
  const { document, selection } = desk.graph
  const left = document.gesture(() => selectedGroups(desk).flatMap((id) => ungroup(document, id)))
  selection.set(left)
}
