/**
 * What a graph means, whoever wrote it: what is visible in it, what is wrong with it, what may be connected. Pure, the
 * twin of flowroom/checks.py, and held to the same cases (tests/vectors): every peer drops and reports the same things.
 */
import { containerTypes, maxNesting } from './protocol.gen'
import type { Edge, Meta, Node, NodeType, PortType } from './schema.gen'
import { labelOf, titleOf } from './titles'
import {
  arrivals,
  byText,
  cycles,
  findPort,
  inputPorts,
  type NodesById,
  type NodeTypes,
  outputPorts,
  surelyExclusive,
} from './wiring'

export interface Problem {
  code: string
  message: string
  severity: 'error' | 'warning'
  node: string | null
  edge: string | null
}

/** The rows of a graph; edges in the order they were drawn. */
export interface Rows {
  nodes: readonly Node[]
  edges: readonly Edge[]
}

const containers: ReadonlySet<string> = new Set(containerTypes)
const warnings: ReadonlySet<string> = new Set(['E-RUN-MULTI-LIVE'])

/**
 * What people see: no ghosts (nodes that lost their type) and no edge with a missing end; a node whose container is gone,
 * contains itself or lies too deep stands at the top level.
 */
export function visible({ nodes, edges }: Rows): Rows {
  const kept = nodes.filter((node) => node.type !== '')
  const byId = new Map(kept.map((node) => [node.id, node]))
  const looped = insideThemselves(byId)
  const adrift = (node: Node) => node.parent === null || !byId.has(node.parent) || looped.has(node.id)
  const deep = tooDeep(byId, adrift)
  const lost = (node: Node) => node.parent !== null && (adrift(node) || deep.has(node.id))
  return {
    nodes: kept.map((node) => (lost(node) ? orphaned(node) : node)),
    edges: edges.filter((edge) => byId.has(edge.source) && byId.has(edge.target)),
  }
}

const orphans = new WeakMap<Node, Node>()

/** The node as if it were in no container: the same object for the same row, so that rows stay shared. */
function orphaned(node: Node): Node {
  const made = orphans.get(node) ?? { ...node, parent: null }
  orphans.set(node, made)
  return made
}

/** The nodes on a cycle of parents; those that merely hang below one are not among them. */
function insideThemselves(nodes: NodesById): ReadonlySet<string> {
  const looped = new Set<string>()
  const done = new Set<string>()
  for (const start of nodes.keys()) {
    const trail: string[] = []
    let at: string | null = start
    while (at !== null && nodes.has(at) && !done.has(at)) {
      done.add(at)
      trail.push(at)
      at = nodes.get(at)?.parent ?? null
    }
    const from = at === null ? -1 : trail.indexOf(at)
    if (from >= 0) for (const id of trail.slice(from)) looped.add(id)
  }
  return looped
}

/** The nodes that would be one container too deep; what is in them is counted from there anew. */
function tooDeep(nodes: NodesById, atTop: (node: Node) => boolean): ReadonlySet<string> {
  const found = new Set<string>()
  const depths = new Map<string, number>()
  for (const start of nodes.values()) {
    const trail: Node[] = []
    let at: Node | undefined = start
    while (at !== undefined && !depths.has(at.id)) {
      trail.push(at)
      at = atTop(at) ? undefined : nodes.get(at.parent ?? '')
    }
    let depth = at === undefined ? -1 : (depths.get(at.id) ?? 0)
    for (const node of trail.reverse()) {
      depth = depth >= maxNesting ? 0 : depth + 1
      if (depth === 0 && !atTop(node)) found.add(node.id)
      depths.set(node.id, depth)
    }
  }
  return found
}

/** Everything that is wrong with a graph, in order of code, then node and edge id. */
export function check(rows: Rows, meta: Meta, types: NodeTypes): Problem[] {
  const seen = visible(rows)
  const nodes = new Map(seen.nodes.map((node) => [node.id, node]))
  const found = [
    ...sharedIds(rows),
    ...rows.nodes.filter((node) => node.type === '').map((node) => ghost(node)),
    ...wrongParents(rows, nodes, types),
    ...lostEdges(rows, nodes),
    ...seen.nodes.filter((node) => !types.has(node.type)).map((node) => unknownType(node)),
    ...seen.edges.flatMap((edge) => wrongEdge(nodes, types, edge) ?? []),
    ...twins(seen.edges),
    ...unmetPorts(seen, types),
  ]
  if (meta.execution === 'dataflow') {
    found.push(...emptyParams(seen, types), ...waiting(nodes, seen.edges, types), ...collisions(nodes, seen.edges, types))
  } else {
    found.push(...seen.nodes.filter((node) => node.runWhen !== 'inputs').map((node) => idleChoice(node)))
  }
  return found.sort(
    (a, b) => byText(a.code, b.code) || byText(a.node ?? '', b.node ?? '') || byText(a.edge ?? '', b.edge ?? ''),
  )
}

export type Ends = Pick<Edge, 'source' | 'sourcePort' | 'target' | 'targetPort'>

/** Why these two ports can't be connected, or undefined if they can. */
export function mayConnect(rows: Rows, meta: Meta, types: NodeTypes, ends: Ends): Problem | undefined {
  const seen = visible(rows)
  const nodes = new Map(seen.nodes.map((node) => [node.id, node]))
  for (const end of [ends.source, ends.target]) {
    if (!nodes.has(end)) return problem('E-EDGE-END', `There is no node '${end}' to connect.`, { node: end })
  }
  const edge: Edge = { ...ends, id: '', kind: 'flow', varName: null, condition: null, label: null, order: 0 }
  let wrong = wrongEdge(nodes, types, edge)
  if (!wrong && seen.edges.some((other) => endsOf(other) === endsOf(edge))) {
    wrong = problem('E-EDGE-DUPLICATE', 'These two ports are connected already.')
  }
  if (!wrong && meta.execution === 'dataflow') [wrong] = waiting(nodes, [...seen.edges, edge], types, edge)
  return wrong && { ...wrong, node: ends.target, edge: null }
}

function problem(code: string, message: string, about: { node?: string; edge?: string } = {}): Problem {
  const severity = code.startsWith('W') || warnings.has(code) ? 'warning' : 'error'
  return { code, message, severity, node: about.node ?? null, edge: about.edge ?? null }
}

function sharedIds({ nodes, edges }: Rows): Problem[] {
  const taken = new Set(nodes.map((node) => node.id))
  return edges.flatMap(({ id }) =>
    taken.has(id) ? [problem('E-ID-DUPLICATE', `A node and an edge are both called '${id}'.`, { edge: id })] : [],
  )
}

function ghost(node: Node): Problem {
  return problem('E-NODE-TYPE', 'This node has no type: it was deleted while someone edited it.', { node: node.id })
}

function unknownType(node: Node): Problem {
  const text = `This Flowroom has no node type '${node.type}': the node is kept as it is and not run.`
  return problem('W-NODE-UNKNOWN-TYPE', text, { node: node.id })
}

function idleChoice(node: Node): Problem {
  const text = "With event flow a node runs for every value that reaches it: what 'Runs when' says has no effect."
  return problem('W-NODE-RUN-WHEN', text, { node: node.id })
}

function wrongParents(rows: Rows, seen: NodesById, types: NodeTypes): Problem[] {
  return rows.nodes.flatMap(({ id, parent }) => {
    const shown = seen.get(id)
    if (shown === undefined) return []
    if (parent !== shown.parent) {
      const text = `Its container '${parent ?? ''}' is gone, contains itself or lies too deep; the node is shown at the top.`
      return [problem('W-NODE-PARENT', text, { node: id })]
    }
    const held = seen.get(parent ?? '')
    if (held === undefined || containers.has(held.type)) return []
    const text = `'${titleOf(held, types.get(held.type))}' is no container, so nothing can be in it.`
    return [problem('W-NODE-PARENT', text, { node: id })]
  })
}

function lostEdges(rows: Rows, seen: NodesById): Problem[] {
  return rows.edges.flatMap(({ id, source, target }) => {
    const gone = !seen.has(source) ? source : !seen.has(target) ? target : undefined
    if (gone === undefined) return []
    return [problem('E-EDGE-END', `This edge ends at '${gone}', which is gone; remove it.`, { edge: id })]
  })
}

/** What is wrong with an edge whose ends are both there; unknown types take and give everything. */
function wrongEdge(nodes: NodesById, types: NodeTypes, edge: Edge): Problem | undefined {
  const source = nodes.get(edge.source)
  const target = nodes.get(edge.target)
  if (source === undefined || target === undefined) return undefined
  const about = { edge: edge.id }
  if (source.parent !== target.parent) {
    const text = 'Its ends are in different containers; go through a port of the container.'
    return problem('E-EDGE-LEVEL', text, about)
  }
  const out = findPort(outputPorts(source, types), edge.sourcePort)
  if (out === undefined) return noPort(edge, titleOf(source, types.get(source.type)), 'output', edge.sourcePort)
  const into = findPort(inputPorts(target, types), edge.targetPort)
  if (into === undefined) return noPort(edge, titleOf(target, types.get(target.type)), 'input', edge.targetPort)
  if (fits(out.type, into.type)) return undefined
  const [gives, takes] = [`'${labelOf(out)}' gives ${out.type}`, `'${labelOf(into)}' takes ${into.type}`]
  const text = `${gives}, and ${takes}; put a node between that converts.`
  return problem('E-EDGE-TYPE', text, about)
}

function noPort(edge: Edge, title: string, kind: string, port: string): Problem {
  const text = `${title} has no ${kind} port '${port}'; draw it again.`
  return problem('E-EDGE-PORT', text, { edge: edge.id })
}

export function fits(given: PortType, taken: PortType): boolean {
  return given === taken || given === 'any' || taken === 'any' || taken === 'text' || taken === 'json'
}

const endsOf = (edge: Edge) => JSON.stringify([edge.source, edge.sourcePort, edge.target, edge.targetPort, edge.kind])

function twins(edges: readonly Edge[]): Problem[] {
  const drawn = new Set<string>()
  return edges.flatMap((edge) => {
    const ends = JSON.stringify([endsOf(edge), edge.condition, edge.varName])
    const text = 'These two ports are connected twice; remove one edge.'
    const found = drawn.has(ends) ? [problem('E-EDGE-DUPLICATE', text, { edge: edge.id })] : []
    drawn.add(ends)
    return found
  })
}

function unmetPorts({ nodes, edges }: Rows, types: NodeTypes): Problem[] {
  const arriving = arrivals(edges)
  return nodes.flatMap((node) => {
    if (node.disabled || node.pinned !== null) return []
    const met = new Set(arriving.get(node.id)?.map((edge) => edge.targetPort))
    const unmet = (inputPorts(node, types) ?? []).filter((port) => port.required && !met.has(port.name))
    return unmet.map((port) => {
      const text = `Nothing is connected to ${port.label || `'${port.name}'`}, which needs something.`
      return problem('W-PORT-REQUIRED', text, { node: node.id })
    })
  })
}

/** Parameters that nodes need and don't have. Not in a cascade: what Phase 1 left empty does something there. */
function emptyParams({ nodes, edges }: Rows, types: NodeTypes): Problem[] {
  const arriving = arrivals(edges)
  return nodes.flatMap((node) => {
    const type = types.get(node.type)
    if (type === undefined || node.disabled || node.pinned !== null) return []
    const served = (ports: readonly string[] = []) => arriving.get(node.id)?.some((edge) => ports.includes(edge.targetPort))
    return lacking(node, type).flatMap((field) => {
      const text = `'${String(field.title)}' is empty, and the node can't run without it.`
      return served(field['x-ports']) ? [] : [problem('W-PARAM-REQUIRED', text, { node: node.id })]
    })
  })
}

/** What flowroom/node_types.py says of a field: its title and what makes it needed. */
interface NeededField {
  title?: string
  default?: unknown
  'x-needed'?: boolean | Record<string, readonly unknown[]>
  'x-ports'?: readonly string[]
}

/** The fields that a node can't run without as it is set, and that are empty. */
function lacking(node: Node, type: NodeType): NeededField[] {
  const fields = (type.params['properties'] ?? {}) as Record<string, NeededField | undefined>
  const value = (name: string) => (name in node.params ? node.params[name] : fields[name]?.default) ?? null
  return Object.entries(fields).flatMap(([name, field]) => {
    const needed = field?.['x-needed'] ?? false
    const isNeeded = needed === true || (needed && Object.entries(needed).every(([other, some]) => some.includes(value(other))))
    const given = value(name)
    return field && isNeeded && (given === null || (typeof given === 'string' && given.trim() === '')) ? [field] : []
  })
}

/** Each group of nodes that wait for each other; `through` keeps to cycles that contain that edge. */
function waiting(nodes: NodesById, edges: readonly Edge[], types: NodeTypes, through?: Edge): Problem[] {
  const found = cycles(nodes, edges, types)
  const kept = through ? found.filter((ids) => ids.includes(through.source) && ids.includes(through.target)) : found
  return kept.map((ids) => {
    const some = ids.slice(0, 5).flatMap((id) => nodes.get(id) ?? [])
    const names = some.map((node) => titleOf(node, types.get(node.type))).join(', ')
    const text =
      ids.length === 1
        ? `${names} would wait for itself for ever; go through another graph or a feedback port such as a Chat’s.`
        : `These nodes wait for each other for ever: ${names}; remove one edge between them.`
    return problem('E-EDGE-CYCLE', text, { node: ids[0] })
  })
}

function collisions(nodes: NodesById, edges: readonly Edge[], types: NodeTypes): Problem[] {
  const arriving = arrivals(edges)
  return [...arriving].flatMap(([id, arrived]) => {
    const target = nodes.get(id)
    if (target === undefined || !types.has(target.type)) return []
    const single = (inputPorts(target, types) ?? []).filter((port) => port.arity === 'single')
    return single.flatMap((port) => {
      const here = arrived.filter((edge) => edge.targetPort === port.name)
      if (here.length < 2 || surelyExclusive(nodes, arriving, types, here)) return []
      const name = port.label || `'${port.name}'`
      const text = `${String(here.length)} edges may be live at ${name}, which takes one; put a Merge before it.`
      return [problem('E-RUN-MULTI-LIVE', text, { node: id })]
    })
  })
}
