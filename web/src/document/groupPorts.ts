/**
 * The ports of a group and their ends inside it, kept in step: every input has a GroupInput that hands its value to the
 * contents, every output a GroupOutput that takes one from them. A port is known by its name, on the group and in the
 * `port` parameter of its end. Each function here is one gesture.
 */
import type { GraphDocument, Position } from './graphDocument'
import { containerTypes } from './protocol.gen'
import type { Edge, Node } from './schema.gen'

export type Side = 'inputs' | 'outputs'

export const endTypes: Record<Side, string> = { inputs: 'GroupInput', outputs: 'GroupOutput' }
const containers: ReadonlySet<string> = new Set(containerTypes)
const sides: Record<string, Side> = { GroupInput: 'inputs', GroupOutput: 'outputs' }

/** Room for the frame's header, and for one row of names per pair of ports. */
const header = 64
const rowHeight = 24
const margin = 24
/** A column of ends: as wide as their cards and the way to the contents. */
const column = 216
const rowOfEnds = 72
/** Contents are not measured here: what lies right of them stays clear of the widest card, in however many groups. */
const widestCard = 352

/** The side of a group that a node is an end of; undefined for everything else. */
export const sideOf = (node: Node): Side | undefined => sides[node.type]

/** The port that an end stands for. */
export const portOf = (end: Node): string => (typeof end.params['port'] === 'string' ? end.params['port'] : '')

export const portsOf = (group: Node, side: Side): readonly string[] => group.ports?.[side] ?? []

/** What a group holds. */
export const contentsOf = (document: GraphDocument, group: string): Node[] =>
  document.allNodes().filter((node) => node.parent === group)

/** The end of a port, if it still is there. */
export const endOf = (document: GraphDocument, group: string, side: Side, port: string): Node | undefined =>
  contentsOf(document, group).find((node) => sideOf(node) === side && portOf(node) === port)

/** Give a group a port and its end inside; returns the name, which is made its own. */
export function addPort(document: GraphDocument, group: string, side: Side, wanted: string): string {
  const node = document.node(group)
  if (node === undefined) return wanted
  const port = freeName(wanted, portsOf(node, side))
  document.gesture(() => {
    setPorts(document, node, side, [...portsOf(node, side), port])
    const contents = makeRoom(document, group, side)
    document.addNode(endTypes[side], { parent: group, params: { port }, pos: placeOfEnd(document, contents, side) })
    clearHeader(document, group)
  })
  return port
}

/** Call a port by another name, with its end and its edges outside; false if the name is taken or empty. */
export function renamePort(document: GraphDocument, group: string, side: Side, port: string, wanted: string): boolean {
  const node = document.node(group)
  const name = wanted.trim()
  if (node === undefined || name === '' || portsOf(node, side).includes(name)) return false
  document.gesture(() => {
    const ends = contentsOf(document, group).filter((each) => sideOf(each) === side && portOf(each) === port)
    for (const end of ends) document.setParam(end.id, 'port', name)
    for (const edge of edgesAt(document, group, side, port)) {
      document.updateEdge(edge.id, side === 'inputs' ? { targetPort: name } : { sourcePort: name })
    }
    setPorts(document, node, side, portsOf(node, side).map((each) => (each === port ? name : each)))
  })
  return true
}

/** Take a port away, with its end and every edge at either. */
export function removePort(document: GraphDocument, group: string, side: Side, port: string): void {
  const node = document.node(group)
  if (node === undefined) return
  document.gesture(() => {
    const ends = contentsOf(document, group).filter((each) => sideOf(each) === side && portOf(each) === port)
    document.delete([...ends, ...edgesAt(document, group, side, port)].map((each) => each.id))
    setPorts(document, node, side, portsOf(node, side).filter((each) => each !== port))
  })
}

/** Move a port up or down among those of its side. */
export function movePort(document: GraphDocument, group: string, side: Side, port: string, by: 1 | -1): void {
  const node = document.node(group)
  const ports = node ? portsOf(node, side) : []
  const at = ports.indexOf(port)
  if (node === undefined || at < 0 || at + by < 0 || at + by >= ports.length) return
  document.gesture(() => setPorts(document, node, side, ports.toSpliced(at, 1).toSpliced(at + by, 0, port)))
}

/** Delete nodes and edges; a group loses the ports whose ends are deleted. */
export function remove(document: GraphDocument, ids: Iterable<string>): void {
  const gone = new Set(ids)
  document.gesture(() => {
    for (const id of gone) {
      const node = document.node(id)
      const side = node && sideOf(node)
      if (!node || node.parent === null || side === undefined || gone.has(node.parent)) continue
      if (document.node(node.parent)?.ports?.[side].includes(portOf(node)) === true) {
        removePort(document, node.parent, side, portOf(node))
      }
    }
    document.delete(gone)
  })
}

/** Push what a group holds down until its header and the names of its ports hide nothing. */
export function clearHeader(document: GraphDocument, group: string): void {
  const node = document.node(group)
  const contents = contentsOf(document, group)
  const rows = node ? Math.max(portsOf(node, 'inputs').length, portsOf(node, 'outputs').length) : 0
  const missing = header + (rows > 1 ? rows * rowHeight : 0) - Math.min(...contents.map((each) => each.pos[1]))
  if (contents.length > 0 && missing > 0) shift(document, contents, [0, missing])
}

/** The port that an edge outside means by a name: one of Phase 1 names none and means the first. */
export function meantPort(document: GraphDocument, group: string, side: Side, name: string): string {
  const node = document.node(group)
  const ports = node ? portsOf(node, side) : []
  return ports.includes(name) ? name : (ports[0] ?? name)
}

/** Edges outside a group at one of its ports. */
export function edgesAt(document: GraphDocument, group: string, side: Side, port: string): Edge[] {
  const means = (name: string) => meantPort(document, group, side, name)
  return document
    .allEdges()
    .filter((edge) =>
      side === 'inputs'
        ? edge.target === group && means(edge.targetPort) === port
        : edge.source === group && means(edge.sourcePort) === port,
    )
}

/** The first ends of a side get a column of their own: at the left, the other contents make way. */
function makeRoom(document: GraphDocument, group: string, side: Side): readonly Node[] {
  const contents = contentsOf(document, group)
  const others = contents.filter((node) => sideOf(node) !== 'inputs')
  const missing = margin + column - Math.min(...others.map((node) => node.pos[0]))
  if (side === 'outputs' || others.length === 0 || missing <= 0) return contents
  shift(document, others, [missing, 0])
  return contentsOf(document, group)
}

function placeOfEnd(document: GraphDocument, contents: readonly Node[], side: Side): Position {
  const ends = contents.filter((node) => sideOf(node) === side)
  const below = ends.length === 0 ? header : Math.max(...ends.map((node) => node.pos[1])) + rowOfEnds
  const [first] = ends
  if (first !== undefined) return [first.pos[0], below]
  if (side === 'inputs') return [margin, below]
  const rights = contents.map((node) => node.pos[0] + Math.max(widestCard, rightOfContents(document, node)))
  return [Math.max(margin + column, ...rights), below]
}

/** How far a group reaches for what it holds, and for the frame around it; 0 for what is no group. */
function rightOfContents(document: GraphDocument, { id, type, size }: Node, around: readonly string[] = []): number {
  if (!containers.has(type) || around.includes(id)) return 0
  const rights = contentsOf(document, id).map(
    (node) => node.pos[0] + Math.max(sideOf(node) ? column : widestCard, rightOfContents(document, node, [...around, id])),
  )
  return Math.max(size?.[0] ?? 0, ...rights) + margin
}

function shift(document: GraphDocument, nodes: readonly Node[], [x, y]: Position): void {
  document.moveNodes(new Map(nodes.map((node) => [node.id, [node.pos[0] + x, node.pos[1] + y]])))
}

function setPorts(document: GraphDocument, group: Node, side: Side, ports: readonly string[]): void {
  const own = { inputs: [...portsOf(group, 'inputs')], outputs: [...portsOf(group, 'outputs')], [side]: [...ports] }
  document.updateNode(group.id, { ports: own })
}

function freeName(wanted: string, taken: readonly string[]): string {
  if (!taken.includes(wanted)) return wanted
  let number = 2
  while (taken.includes(`${wanted} ${String(number)}`)) number++
  return `${wanted} ${String(number)}`
}
