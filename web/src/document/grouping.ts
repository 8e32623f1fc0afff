/** Containers made around nodes and taken apart again. Each function here is one gesture. */
import { join, movable, stepIn, stepOut } from './containers'
import type { GraphDocument } from './graphDocument'
import { clearHeader, contentsOf, edgesAt, portOf, sideOf } from './groupPorts'
import type { Edge, Node } from './schema.gen'
import { arrivals, departures, findPort, inputPorts, type NodeTypes } from './wiring'

/** Make a container around nodes of one level; returns its id. The nodes keep their places. */
export function group(document: GraphDocument, ids: Iterable<string>, type = 'Group'): string | undefined {
  const nodes = movable(document, ids)
  const [first] = nodes
  if (first === undefined) return undefined
  const left = Math.min(...nodes.map((node) => node.pos[0]))
  const top = Math.min(...nodes.map((node) => node.pos[1]))
  return document.gesture(() => {
    const made = document.addNode(type, { parent: first.parent, pos: [0, 0], ports: { inputs: [], outputs: [] } })
    document.moveNodes(new Map(nodes.map((node) => [node.id, [node.pos[0] - left + 24, node.pos[1] - top + 64]])))
    stepIn(document, new Set(nodes.map((node) => node.id)), made)
    clearHeader(document, made)
    const now = document.node(first.id)?.pos ?? [0, 0]
    document.moveNodes(new Map([[made, [first.pos[0] - now[0], first.pos[1] - now[1]]]]))
    return made
  })
}

/** Take a container away and leave what it holds where it is; returns the ids of that. */
export function ungroup(document: GraphDocument, id: string): string[] {
  const container = document.node(id)
  if (container === undefined) return []
  const contents = contentsOf(document, id)
  const inside = contents.filter((node) => sideOf(node) === undefined)
  document.gesture(() => {
    joinThrough(document, id, contents)
    stepOut(document, new Set(inside.map((node) => node.id)), id)
    document.moveNodes(
      new Map(inside.map((node) => [node.id, [node.pos[0] + container.pos[0], node.pos[1] + container.pos[1]]])),
    )
    document.delete([id])
  })
  return inside.map((node) => node.id)
}

/**
 * The nodes that lie between some nodes: after them and before them again. A container around the rest would wait for
 * itself, since it starts when everything before it is done.
 */
export function between(
  { nodes, edges }: { nodes: readonly Node[]; edges: readonly Edge[] },
  types: NodeTypes,
  ids: ReadonlySet<string>,
): Node[] {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const waits = edges.filter(({ target, targetPort }) => {
    const node = byId.get(target)
    return ids.has(target) || (node && findPort(inputPorts(node, types), targetPort)?.feedback !== true)
  })
  const arriving = arrivals(waits)
  const leaving = departures(waits)
  const after = reach(ids, (id) => (leaving.get(id) ?? []).map((edge) => edge.target))
  const before = reach(ids, (id) => (arriving.get(id) ?? []).map((edge) => edge.source))
  return nodes.filter(({ id }) => !ids.has(id) && after.has(id) && before.has(id))
}

function reach(from: ReadonlySet<string>, next: (id: string) => readonly string[]): ReadonlySet<string> {
  const found = new Set(from)
  const queue = [...from]
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    for (const each of next(id)) {
      if (found.has(each)) continue
      found.add(each)
      queue.push(each)
    }
  }
  return found
}

/** What goes straight from an input of a container to an output of it. */
function joinThrough(document: GraphDocument, container: string, contents: readonly Node[]): void {
  const ends = new Map(contents.filter((node) => sideOf(node) !== undefined).map((node) => [node.id, node]))
  for (const edge of document.allEdges()) {
    const [from, to] = [ends.get(edge.source), ends.get(edge.target)]
    if (from === undefined || to === undefined) continue
    for (const before of edgesAt(document, container, 'inputs', portOf(from))) {
      for (const after of edgesAt(document, container, 'outputs', portOf(to))) join(document, before, after, after)
    }
  }
}
