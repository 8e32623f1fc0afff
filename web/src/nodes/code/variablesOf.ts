import type { Edge, Node, NodeType } from '@/document/schema.gen'
import { nameOf, titleOf } from '@/document/titles'
import { findPort, inputPorts } from '@/document/wiring'

export interface Variable {
  /** As it is written between the braces. */
  path: string
  /** Where it comes from, in the names that people gave. */
  from: string
}

interface Rows {
  nodes: readonly Node[]
  edges: readonly Edge[]
}

/**
 * What a node can insert into its texts: its inputs first, as the engine calls them (engine/resolution.py), then the
 * outputs of every step before it. `single` is for Phase 1's prompts, in which a line's variable stands alone.
 */
export function variablesOf(
  { nodes, edges }: Rows,
  types: ReadonlyMap<string, NodeType>,
  id: string,
  single = false,
): Variable[] {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const incoming = edges.filter((edge) => edge.target === id)
  const target = byId.get(id)
  const ports = target && inputPorts(target, types)
  const called = (id: string) => {
    const node = byId.get(id)
    return node ? titleOf(node, types.get(node.type)) : id
  }
  const inputs = incoming.map((edge) => {
    const source = byId.get(edge.source)
    const gathers = findPort(ports, edge.targetPort)?.arity === 'object'
    const key = gathers ? edge.varName || (source && nameOf(source)) || edge.source : edge.targetPort
    return { path: single ? edge.targetPort : member('input', key), from: called(edge.source) }
  })
  const named = incoming.flatMap((edge) => (single && edge.varName ? [{ path: edge.varName, from: called(edge.source) }] : []))
  const outputs = single
    ? []
    : [...before(edges, id)].flatMap((source) => {
        return portsOf(byId.get(source), types).map((port) => ({
          path: member(member('nodes', source), port),
          from: called(source),
        }))
      })
  return unique([...named, ...inputs, ...outputs])
}

/** A value within another, written so that a template can read it: what is no plain name stands in brackets. */
const member = (whole: string, key: string) =>
  /^[\p{L}_][\p{L}\p{N}_]*$/u.test(key) ? `${whole}.${key}` : `${whole}[${JSON.stringify(key)}]`

/** The names of a node's outputs; a type may take some of them from a list in the params (`portsFrom`). */
function portsOf(node: Node | undefined, types: ReadonlyMap<string, NodeType>): string[] {
  const type = types.get(node?.type ?? '')
  const listed = node?.ports?.outputs ?? []
  const items: unknown = type?.portsFrom ? node?.params[type.portsFrom] : undefined
  const named = Array.isArray(items) ? items.map((item: { name?: unknown } | null) => String(item?.name ?? '')) : []
  const ports = [...listed, ...named.filter(Boolean), ...(type?.outputs.map((port) => port.name) ?? [])]
  return ports.length === 0 ? ['output'] : ports
}

/** Every node from which a path leads to this one, the nearest first. */
function before(edges: readonly Edge[], id: string): Set<string> {
  const found = new Set<string>()
  let front = [id]
  while (front.length > 0) {
    const next = edges.filter((edge) => front.includes(edge.target)).map((edge) => edge.source)
    front = [...new Set(next)].filter((source) => !found.has(source) && source !== id)
    for (const source of front) found.add(source)
  }
  return found
}

function unique(variables: Variable[]): Variable[] {
  return [...new Map(variables.map((variable) => [variable.path, variable])).values()]
}
