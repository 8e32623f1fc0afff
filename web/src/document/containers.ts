/**
 * Nodes put into containers and taken out of them. An edge joins two nodes of one level, so whatever comes to cross a
 * container's border is led through a port of it, and what a move brings to one level is joined directly again: nobody
 * draws an edge anew because a node was moved. Each function here is one gesture.
 */
import type { GraphDocument } from './graphDocument'
import { addPort, clearHeader, contentsOf, edgesAt, endOf, meantPort, portOf, removePort, sideOf } from './groupPorts'
import type { Edge, Node } from './schema.gen'

/** Put these nodes into a container, or at the top level (null), through every border on the way. Ends of groups stay. */
export function moveInto(document: GraphDocument, ids: Iterable<string>, container: string | null): void {
  document.gesture(() => {
    const nodes = movable(document, ids)
    for (const parent of new Set(nodes.map((node) => node.parent))) {
      const moved = new Set(nodes.filter((node) => node.parent === parent).map((node) => node.id))
      const inner = above(document, container)
      const outer = above(document, parent)
      if (inner.some((id) => moved.has(id))) continue
      for (const level of outer) if (!inner.includes(level)) stepOut(document, moved, level)
      for (const level of inner.toReversed()) if (!outer.includes(level)) stepIn(document, moved, level)
    }
    if (container !== null) clearHeader(document, container)
  })
}

/** The nodes among these that are neither ends of a group nor inside another of them. */
export function movable(document: GraphDocument, ids: Iterable<string>): Node[] {
  const wanted = new Set(ids)
  const nodes = [...wanted].flatMap((id) => document.node(id) ?? [])
  return nodes.filter(
    (node) =>
      (sideOf(node) === undefined || node.parent === null) &&
      !above(document, node.parent).some((container) => wanted.has(container)),
  )
}

/** A container and those around it, from the inside out. */
function above(document: GraphDocument, container: string | null): string[] {
  const chain: string[] = []
  for (let at = container; at !== null && !chain.includes(at); at = document.node(at)?.parent ?? null) chain.push(at)
  return chain
}

export function stepIn(document: GraphDocument, moved: ReadonlySet<string>, container: string): void {
  const level = document.node(container)?.parent ?? null
  for (const id of moved) document.updateNode(id, { parent: container })
  for (const edge of crossing(document, moved)) {
    const other = document.node(moved.has(edge.source) ? edge.target : edge.source)
    if (other?.id === container) joinInside(document, edge, container)
    else if (other?.parent === level) leadThrough(document, edge, container, moved.has(edge.target) ? 'in' : 'out')
  }
}

export function stepOut(document: GraphDocument, moved: ReadonlySet<string>, container: string): void {
  const level = document.node(container)?.parent ?? null
  for (const id of moved) document.updateNode(id, { parent: level })
  for (const edge of crossing(document, moved)) {
    const other = document.node(moved.has(edge.source) ? edge.target : edge.source)
    if (other?.parent !== container) continue
    if (sideOf(other) !== undefined) joinOutside(document, edge, container, other)
    else leadThrough(document, edge, container, moved.has(edge.target) ? 'out' : 'in')
  }
}

/** Edges with one end among these nodes. */
const crossing = (document: GraphDocument, moved: ReadonlySet<string>) =>
  document.allEdges().filter((edge) => moved.has(edge.source) !== moved.has(edge.target))

/**
 * Lead an edge through a port of a container. The half near the target keeps what the edge says (its name, condition and
 * label); a value that goes through the border already is not brought a second time.
 */
function leadThrough(document: GraphDocument, edge: Edge, container: string, way: 'in' | 'out'): void {
  const side = way === 'in' ? 'inputs' : 'outputs'
  const known = way === 'in' ? portBringing(document, edge, container) : portTaking(document, edge, container)
  const port = known ?? addPort(document, container, side, nameFor(edge, way))
  const end = endOf(document, container, side, port)
  if (end === undefined) return
  const { source, sourcePort } = edge
  if (way === 'in') {
    if (known === undefined) document.connect({ source, sourcePort, target: container, targetPort: port })
    document.updateEdge(edge.id, { source: end.id, sourcePort: 'output' })
  } else {
    if (known === undefined) document.connect({ source, sourcePort, target: end.id, targetPort: 'input' })
    document.updateEdge(edge.id, { source: container, sourcePort: port })
  }
}

/** The port by which this edge's value comes in already, whatever happens. */
function portBringing(document: GraphDocument, { source, sourcePort }: Edge, container: string): string | undefined {
  const found = document
    .allEdges()
    .find((each) => each.target === container && isPlainFrom(each, source, sourcePort))
  if (found === undefined) return undefined
  const port = meantPort(document, container, 'inputs', found.targetPort)
  return endOf(document, container, 'inputs', port) && port
}

/** The port by which it goes out already. */
function portTaking(document: GraphDocument, { source, sourcePort }: Edge, container: string): string | undefined {
  const taken = new Set(
    document.allEdges().flatMap((each) => (isPlainFrom(each, source, sourcePort) ? [each.target] : [])),
  )
  const end = contentsOf(document, container).find((node) => sideOf(node) === 'outputs' && taken.has(node.id))
  return end && portOf(end)
}

const isPlainFrom = (edge: Edge, source: string, sourcePort: string) =>
  edge.source === source && edge.sourcePort === sourcePort && edge.condition === null

/** Both ends are inside now: join the node with what the container's port leads to, or comes from. A port without use goes. */
function joinInside(document: GraphDocument, edge: Edge, container: string): void {
  const side = edge.target === container ? 'inputs' : 'outputs'
  const port = meantPort(document, container, side, side === 'inputs' ? edge.targetPort : edge.sourcePort)
  const end = endOf(document, container, side, port)
  for (const inner of document.allEdges()) {
    if (side === 'inputs' && inner.source === end?.id) join(document, edge, inner, inner)
    if (side === 'outputs' && inner.target === end?.id) join(document, inner, edge, edge)
  }
  document.delete([edge.id])
  if (edgesAt(document, container, side, port).length === 0) removePort(document, container, side, port)
}

/** Both ends are outside now: join the node with what is at the port that the edge's other end stands for. The same. */
function joinOutside(document: GraphDocument, edge: Edge, container: string, end: Node): void {
  const side = sideOf(end) ?? 'inputs'
  for (const outer of edgesAt(document, container, side, portOf(end))) {
    if (side === 'inputs') join(document, outer, edge, edge)
    else join(document, edge, outer, outer)
  }
  document.delete([edge.id])
  const used = document.allEdges().some((each) => each.source === end.id || each.target === end.id)
  if (!used) removePort(document, container, side, portOf(end))
}

/** One edge instead of two that met at a border; it says what the one near the target said. */
export function join(document: GraphDocument, from: Edge, to: Edge, { kind, varName, label }: Edge): void {
  const { source, sourcePort } = from
  const { target, targetPort } = to
  const conditions = [from.condition, to.condition].filter((each) => each !== null && each !== '')
  const condition = conditions.length > 1 ? conditions.map((each) => `(${each ?? ''})`).join(' and ') : (conditions[0] ?? null)
  document.connect({ source, sourcePort, target, targetPort, kind, varName, label, condition })
}

/** A port is called as the value is: by its name, by the port it goes to or comes from, or what it is. */
function nameFor({ varName, sourcePort, targetPort }: Edge, way: 'in' | 'out'): string {
  const port = way === 'in' ? targetPort : sourcePort
  return varName ?? (port === '' ? way + 'put' : port)
}
