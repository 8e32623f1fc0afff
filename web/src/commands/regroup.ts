/** Groups made of what is selected, taken apart, and given and taken what is selected: fetched once the canvas is there. */
import { makeWay } from '@/canvas/makeWay'
import { layOut } from '@/canvas/scene'
import { moveInto } from '@/document/containers'
import { between, group, ungroup } from '@/document/grouping'
import { some } from '@/document/stepWords'
import { titleOf } from '@/document/titles'
import type { Desk } from './command'
import { grouped, insiders, nearestGroup, selectedGroups } from './groupCommands'

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
  if (made === undefined) return
  graph.selection.set([made])
  graph.camera.focus(made)
}

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

export function ungroupSelection(desk: Desk): void {
  const { document, selection, camera } = desk.graph
  const left = document.gesture(() => selectedGroups(desk).flatMap((id) => ungroup(document, id)), undefined, 'ungroup')
  selection.set(left)
  if (left[0] !== undefined) camera.focus(left[0])
}
