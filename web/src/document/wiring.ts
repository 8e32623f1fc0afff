/** Which ports a node has, and how nodes depend on each other through edges: the twin of flowroom/wiring.py. Pure. */
import type { Edge, Node, NodeType, Port } from './schema.gen'

export type NodeTypes = ReadonlyMap<string, NodeType>
export type NodesById = ReadonlyMap<string, Node>

const errorPort: Port = { ...plainPort('error'), label: 'Error', type: 'json' }

export function plainPort(name: string): Port {
  return { name, label: '', type: 'any', arity: 'single', required: false, feedback: false }
}

/** The inputs of a node, those it names itself first; undefined when its type is unknown, which takes everything. */
export function inputPorts(node: Node, types: NodeTypes): readonly Port[] | undefined {
  const known = types.get(node.type)
  return known && [...(node.ports?.inputs ?? []).map(plainPort), ...known.inputs]
}

/** The outputs of a node, with `error` where errors leave by a port; undefined when its type is unknown. */
export function outputPorts(node: Node, types: NodeTypes): readonly Port[] | undefined {
  const known = types.get(node.type)
  if (known === undefined) return undefined
  const own = (node.ports?.outputs ?? []).map(plainPort)
  const ports = [...own, ...portsFromParams(node, known), ...known.outputs]
  return node.onError === 'port' ? [...ports, errorPort] : ports
}

/** One output per named item of the list param that the type's `portsFrom` names. */
function portsFromParams(node: Node, type: NodeType): Port[] {
  const items = type.portsFrom ? node.params[type.portsFrom] : undefined
  const fixed = new Set(type.outputs.map((port) => port.name))
  const own = new Set<string>()
  for (const item of Array.isArray(items) ? (items as unknown[]) : []) {
    const name = typeof item === 'object' && item !== null && 'name' in item ? item.name : undefined
    if (typeof name === 'string' && name !== '' && !fixed.has(name)) own.add(name)
  }
  return [...own].map(plainPort)
}

/** The port with this name; a node of unknown type (no ports) has them all. */
export function findPort(ports: readonly Port[] | undefined, name: string): Port | undefined {
  return ports === undefined ? plainPort(name) : ports.find((port) => port.name === name)
}

/** Whether an edge closes a circle: nothing waits for it. */
export function isFeedback(nodes: NodesById, types: NodeTypes, edge: Edge): boolean {
  const target = nodes.get(edge.target)
  return target !== undefined && findPort(inputPorts(target, types), edge.targetPort)?.feedback === true
}

/** Groups of nodes that depend on each other, sorted; edges into feedback ports are no dependency. */
export function cycles(nodes: NodesById, edges: readonly Edge[], types: NodeTypes): string[][] {
  const after = new Map<string, string[]>([...nodes.keys()].map((id) => [id, []]))
  for (const edge of edges) if (!isFeedback(nodes, types, edge)) after.get(edge.source)?.push(edge.target)
  const groups = components(after).filter((group) => {
    const [first] = group
    return group.length > 1 || (first !== undefined && after.get(first)?.includes(first) === true)
  })
  return groups.map((group) => group.sort(byText)).sort((a, b) => byText(a.join('\n'), b.join('\n')))
}

/** Tarjan's strongly connected components, without recursion: a graph may be a chain of 10,000 nodes. */
function components(after: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = []
  const number = new Map<string, number>()
  const lowest = new Map<string, number>()
  const open: string[] = []
  const isOpen = new Set<string>()
  const enter = (id: string) => {
    lowest.set(id, number.size)
    number.set(id, number.size)
    open.push(id)
    isOpen.add(id)
    return { id, rest: [...(after.get(id) ?? [])] }
  }
  const lower = (id: string, to: number) => lowest.set(id, Math.min(lowest.get(id) ?? to, to))
  for (const root of after.keys()) {
    const work = number.has(root) ? [] : [enter(root)]
    for (let top = work.at(-1); top !== undefined; top = work.at(-1)) {
      const next = top.rest.shift()
      if (next !== undefined) {
        if (!number.has(next)) work.push(enter(next))
        else if (isOpen.has(next)) lower(top.id, number.get(next) ?? 0)
        continue
      }
      work.pop()
      const above = work.at(-1)
      if (above) lower(above.id, lowest.get(top.id) ?? 0)
      if (lowest.get(top.id) !== number.get(top.id)) continue
      const group = open.splice(open.lastIndexOf(top.id))
      for (const id of group) isOpen.delete(id)
      found.push(group)
    }
  }
  return found
}

/**
 * Whether at most one of these edges can be live, because they come from different ways out of one node: the cases of a
 * Switch, or the outputs and the error port of any node.
 */
export function surelyExclusive(
  nodes: NodesById,
  arriving: ReadonlyMap<string, readonly Edge[]>,
  types: NodeTypes,
  edges: readonly Edge[],
): boolean {
  const ways = edges.map((edge) => choices(nodes, arriving, types, edge))
  return ways.every((one, at) =>
    ways.slice(at + 1).every((other) => [...one].some(([id, port]) => other.has(id) && other.get(id) !== port)),
  )
}

/**
 * The nodes above an edge that must have gone one way for it to be live: the port, or '' for all ports at once. The way
 * up is followed through nodes with a single incoming edge.
 */
function choices(
  nodes: NodesById,
  arriving: ReadonlyMap<string, readonly Edge[]>,
  types: NodeTypes,
  edge: Edge,
): Map<string, string> {
  const chosen = new Map<string, string>()
  for (let at: Edge | undefined = edge; at !== undefined && !chosen.has(at.source); ) {
    const node = nodes.get(at.source)
    const routes = types.get(node?.type ?? '')?.portsFrom
    const failed = node?.onError === 'port' && at.sourcePort === errorPort.name
    chosen.set(at.source, routes || failed ? at.sourcePort : '')
    const above: readonly Edge[] = arriving.get(at.source) ?? []
    at = above.length === 1 ? above[0] : undefined
  }
  return chosen
}

/** Edges by the node they arrive at. */
export const arrivals = (edges: readonly Edge[]): Map<string, Edge[]> => byEnd(edges, 'target')

/** Edges by the node they leave. */
export const departures = (edges: readonly Edge[]): Map<string, Edge[]> => byEnd(edges, 'source')

function byEnd(edges: readonly Edge[], end: 'source' | 'target'): Map<string, Edge[]> {
  const grouped = new Map<string, Edge[]>()
  for (const edge of edges) {
    const found = grouped.get(edge[end])
    if (found) found.push(edge)
    else grouped.set(edge[end], [edge])
  }
  return grouped
}

/** Order by code points, as Python sorts. */
export const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
