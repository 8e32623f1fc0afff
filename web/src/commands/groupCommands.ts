/** Making groups of what is selected, and taking them apart. */
import { makeWay } from '@/canvas/makeWay'
import { layOut } from '@/canvas/scene'
import { between, group, moveInto, ungroup } from '@/document/containers'
import { sideOf } from '@/document/groupPorts'
import { containerTypes } from '@/document/protocol.gen'
import { some } from '@/document/stepWords'
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
  }, undefined, `group ${some(ids.size, 'node')}`)
  if (made !== undefined) graph.selection.set([made])
}

/** The selected nodes that lie in a group and may leave it. */
const insiders = (desk: Desk) => grouped(desk).filter((node) => node.parent !== null)

export const canTakeOut = (desk: Desk) => desk.graph.canEdit && insiders(desk).length > 0

/** What a drag across the frame does, by key: each node goes one level up and stays where it is. */
export function takeOut(desk: Desk): void {
  const { document, store } = desk.graph
  document.gesture(() => {
    for (const { id, pos, parent } of insiders(desk)) {
      const container = store.node(parent ?? '')
      if (container === undefined) continue
      document.moveNodes(new Map([[id, [pos[0] + container.pos[0], pos[1] + container.pos[1]]]]))
      moveInto(document, [id], container.parent)
    }
  }, undefined, 'take out of the group')
}

/** The group on the level of the selected nodes that is nearest to the first of them. */
function nearestGroup(desk: Desk): Node | undefined {
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

/** The nodes stand below what the group holds already. */
export function putIn(desk: Desk): void {
  const { document, store, types } = desk.graph
  const container = nearestGroup(desk)
  const nodes = grouped(desk)
  if (container === undefined) return
  const height = layOut(store.nodes, store.edges, types).nodes.get(container.id)?.box.height ?? 0
  const left = Math.min(...nodes.map((node) => node.pos[0]))
  const top = Math.min(...nodes.map((node) => node.pos[1]))
  document.gesture(() => {
    document.moveNodes(new Map(nodes.map(({ id, pos }) => [id, [pos[0] - left + 24, pos[1] - top + height]])))
    moveInto(document, nodes.map((node) => node.id), container.id)
  }, undefined, 'put into a group')
}

const selectedGroups = ({ graph }: Desk) => [...graph.selection.ids].filter((id) => containers.has(graph.store.node(id)?.type ?? ''))

export const canUngroup = (desk: Desk) => desk.graph.canEdit && selectedGroups(desk).length > 0

export function ungroupSelection(desk: Desk): void {
  const { document, selection } = desk.graph
  const left = document.gesture(() => selectedGroups(desk).flatMap((id) => ungroup(document, id)), undefined, 'ungroup')
  selection.set(left)
}
