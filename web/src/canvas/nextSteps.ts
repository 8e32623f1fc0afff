/** What may stand at the other end of an edge that begins at a port: types to add, nodes to join. Pure. */
import { fits } from '@/document/checks'
import type { OpenGraph } from '@/document/openGraph'
import type { Node, NodeType, Port } from '@/document/schema.gen'
import { titleOf } from '@/document/titles'
import { findPort, inputPorts, outputPorts } from '@/document/wiring'
import { isOffered } from '@/nodes/findTypes'

/** A port that an edge begins at: an output looks for an input, an input for an output. */
export interface OpenEnd {
  node: string
  port: string
  side: 'source' | 'target'
}

export interface TypeStep {
  type: NodeType
  port: Port
}

export interface NodeStep {
  node: Node
  type: NodeType | undefined
  title: string
  port: Port
}

/** The ports that an edge can begin at, outputs first: whoever wants what comes before says so. */
export function openEndsOf({ store, types }: OpenGraph, id: string): OpenEnd[] {
  const node = store.node(id)
  if (node === undefined) return []
  const ends = (ports: readonly Port[] | undefined, side: OpenEnd['side']) =>
    (ports ?? []).map((port): OpenEnd => ({ node: id, port: port.name, side }))
  return [...ends(outputPorts(node, types), 'source'), ...ends(inputPorts(node, types), 'target')]
}

/** The types that have a port for this edge, each with the port that suits best; what suits best comes first. */
export function fittingTypes({ store, types }: OpenGraph, end: OpenEnd): TypeStep[] {
  const node = store.node(end.node)
  const own = node && findPort(end.side === 'source' ? outputPorts(node, types) : inputPorts(node, types), end.port)
  if (own === undefined) return []
  const rank = rankFor(own)
  return [...types.values()]
    .filter(isOffered)
    .flatMap((type) => {
      const ports = end.side === 'source' ? type.inputs : type.outputs
      const fitting = ports.filter((port) => (end.side === 'source' ? fits(own.type, port.type) : fits(port.type, own.type)))
      const [port] = [...fitting].sort((a, b) => rank(a) - rank(b))
      return port ? [{ type, port }] : []
    })
    .sort((a, b) => rank(a.port) - rank(b.port))
}

/** The nodes that stand already and may be joined, nearest first. */
export function joinableNodes(graph: OpenGraph, end: OpenEnd): NodeStep[] {
  const { store, types } = graph
  const here = store.node(end.node)
  if (here === undefined) return []
  const others = store.nodes.filter((node) => node.parent === here.parent && node.id !== here.id)
  const far = ({ pos }: Node) => Math.hypot(pos[0] - here.pos[0], pos[1] - here.pos[1])
  return [...others]
    .sort((a, b) => far(a) - far(b))
    .flatMap((node) => {
      const port = joinablePort(graph, end, node)
      const type = types.get(node.type)
      return port ? [{ node, type, title: titleOf(node, type), port }] : []
    })
}

/** The port of a node that this edge can end at. */
export function joinablePort(graph: OpenGraph, end: OpenEnd, node: Node): Port | undefined {
  const ports = end.side === 'source' ? inputPorts(node, graph.types) : outputPorts(node, graph.types)
  return (ports ?? []).find((port) => graph.mayConnect(endsOf(end, node.id, port.name)) === undefined)
}

/** The edge between an open end and a port. */
export function endsOf(end: OpenEnd, node: string, port: string) {
  return end.side === 'source'
    ? { source: end.node, sourcePort: end.port, target: node, targetPort: port }
    : { source: node, sourcePort: port, target: end.node, targetPort: end.port }
}

/** One of just this type before one that is needed, before any that fits; one that holds nothing back comes last. */
const rankFor = (own: Port) => (port: Port) =>
  (port.feedback ? 4 : 0) + (port.type === own.type && own.type !== 'any' ? 0 : port.required ? 1 : 2)
