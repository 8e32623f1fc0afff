/**
 * A graph laid out for drawing: boxes in canvas units, contents inside their containers, ports of each card. Built from
 * the store's rows and shared between the cards, the far layer, the mini map and "show everything"; a row that did not
 * change keeps its parts.
 */
import { portOf } from '@/document/groupPorts'
import { sameJson } from '@/document/records'
import type { Edge, Node, NodeType, Port } from '@/document/schema.gen'
import { inputPorts, outputPorts, plainPort } from '@/document/wiring'
import { type Box, type CardPorts, cardSize, type Curve, frameSize, portY, type Size } from './geometry'

export interface SceneNode {
  node: Node
  type: NodeType | undefined
  ports: CardPorts
  /** In canvas units, whatever container the node is in. */
  box: Box
  depth: number
}

export interface Scene {
  nodes: ReadonlyMap<string, SceneNode>
  edges: readonly Edge[]
}

/** How far below its cards an edge passes that runs backwards. */
const edgeClearance = 36

interface Used {
  inputs: Set<string>
  outputs: Set<string>
}

/** Sizes that the browser measured; a card that was never drawn has an estimated one. */
export type MeasuredSizes = ReadonlyMap<string, Size>

const portsByNode = new WeakMap<Node, { key: string; ports: CardPorts }>()

export function layOut(
  nodes: readonly Node[],
  edges: readonly Edge[],
  types: ReadonlyMap<string, NodeType>,
  sizes: MeasuredSizes = new Map(),
): Scene {
  const used = usedPorts(edges)
  const children = new Map<string | null, Node[]>()
  const kinds = new Map(nodes.map((node) => [node.id, types.get(node.type)]))
  for (const node of nodes) {
    const holder = node.parent !== null && kinds.get(node.parent)?.container === true ? node.parent : null
    const found = children.get(holder)
    if (found) found.push(node)
    else children.set(holder, [node])
  }
  const laid = new Map<string, SceneNode>()
  const place = (node: Node, left: number, top: number, depth: number): Box => {
    const type = types.get(node.type)
    const ports = portsOf(node, types, used.get(node.id))
    const [x, y] = [left + node.pos[0], top + node.pos[1]]
    const inside = children.get(node.id) ?? []
    const entry: SceneNode = { node, type, ports, depth, box: { x, y, width: 0, height: 0 } }
    laid.set(node.id, entry)
    const size = type?.container === true
      ? frameSize(node, inside.map((child) => relative(place(child, x, y, depth + 1), x, y)))
      : (sizes.get(node.id) ?? cardSize(node, type, ports))
    entry.box = { x, y, ...size }
    return entry.box
  }
  for (const node of children.get(null) ?? []) place(node, 0, 0, 0)
  return { nodes: laid, edges }
}

/** Whether rows make the same scene: of a node's parameters only those count of which its ports are made, or its title. */
export function areLaidOutAlike(before: readonly Node[], now: readonly Node[], types: ReadonlyMap<string, NodeType>): boolean {
  const isAlike = (node: Node, at: number) => {
    const was = before[at]
    return was === node || (was !== undefined && sameJson(laidOut(was, types.get(was.type)), laidOut(node, types.get(node.type))))
  }
  return before.length === now.length && now.every(isAlike)
}

const laidOut = (node: Node, type: NodeType | undefined) => ({ ...node, params: [portOf(node), node.params[type?.portsFrom ?? '']] })

const relative = (box: Box, x: number, y: number): Box => ({ ...box, x: box.x - x, y: box.y - y })

/** The scene while nodes are on their way: they stand at these places in their containers, with what they contain. */
export function withMoving(scene: Scene, moving: ReadonlyMap<string, readonly [number, number]>): Scene {
  if (moving.size === 0) return scene
  const shifts = new Map<string, readonly [number, number]>()
  const shiftOf = ({ node }: SceneNode): readonly [number, number] => {
    const known = shifts.get(node.id)
    if (known) return known
    const outer = node.parent === null ? undefined : scene.nodes.get(node.parent)
    const [x, y] = outer ? shiftOf(outer) : [0, 0]
    const to = moving.get(node.id) ?? node.pos
    const shift = [x + to[0] - node.pos[0], y + to[1] - node.pos[1]] as const
    shifts.set(node.id, shift)
    return shift
  }
  const nodes = new Map<string, SceneNode>()
  for (const [id, entry] of scene.nodes) {
    const [x, y] = shiftOf(entry)
    nodes.set(id, x === 0 && y === 0 ? entry : { ...entry, box: { ...entry.box, x: entry.box.x + x, y: entry.box.y + y } })
  }
  return { nodes, edges: scene.edges }
}

/** The innermost node at a place in canvas units. */
export function nodeAt(scene: Scene, [x, y]: readonly [number, number]): string | undefined {
  const hits = [...scene.nodes.values()].filter(
    ({ box }) => x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height,
  )
  return hits.sort((a, b) => b.depth - a.depth)[0]?.node.id
}

/** The nodes that a box touches; a container only when it lies in it as a whole, since its inside is open ground. */
export function nodesWithin(scene: Scene, { x, y, width, height }: Box): string[] {
  return [...scene.nodes.values()].flatMap(({ node, type, box }) => {
    const touches = box.x < x + width && x < box.x + box.width && box.y < y + height && y < box.y + box.height
    const holds = box.x >= x && box.y >= y && box.x + box.width <= x + width && box.y + box.height <= y + height
    return (type?.container === true ? holds : touches) ? [node.id] : []
  })
}

/** Where an edge leaves and arrives, in canvas units; undefined if an end is not laid out. */
export function curveOf(scene: Scene, edge: Edge): Curve | undefined {
  const [source, target] = [scene.nodes.get(edge.source), scene.nodes.get(edge.target)]
  if (source === undefined || target === undefined) return undefined
  const out = source.ports.outputs.findIndex((port) => port.name === edge.sourcePort)
  const into = target.ports.inputs.findIndex((port) => port.name === edge.targetPort)
  return {
    x1: source.box.x + source.box.width,
    y1: source.box.y + portY(source.ports, Math.max(0, out)),
    x2: target.box.x,
    y2: target.box.y + portY(target.ports, Math.max(0, into)),
    below: passage(source.box, target.box),
  }
}

/** The height at which an edge runs back: between its cards if there is room, below both of them otherwise. */
function passage(source: Box, target: Box): number {
  const [upper, lower] = source.y < target.y ? [source, target] : [target, source]
  const gap = lower.y - (upper.y + upper.height)
  if (gap > edgeClearance) return lower.y - gap / 2
  return Math.max(source.y + source.height, target.y + target.height) + edgeClearance
}

/** A card's ports with those that edges use although its type does not have them, so that every edge has its ends. */
function portsOf(node: Node, types: ReadonlyMap<string, NodeType>, used: Used | undefined): CardPorts {
  const key = used ? `${[...used.inputs].join()}>${[...used.outputs].join()}` : ''
  const known = portsByNode.get(node)
  if (known?.key === key) return known.ports
  const ports = {
    inputs: withUsed(inputPorts(node, types) ?? [], used?.inputs),
    outputs: withUsed(outputPorts(node, types) ?? [], used?.outputs),
  }
  portsByNode.set(node, { key, ports })
  return ports
}

function withUsed(ports: readonly Port[], used: ReadonlySet<string> | undefined): readonly Port[] {
  const missing = [...(used ?? [])].filter((name) => !ports.some((port) => port.name === name))
  return missing.length === 0 ? ports : [...ports, ...missing.map(plainPort)]
}

function usedPorts(edges: readonly Edge[]): Map<string, Used> {
  const used = new Map<string, Used>()
  const of = (id: string) => {
    const found = used.get(id) ?? { inputs: new Set(), outputs: new Set() }
    used.set(id, found)
    return found
  }
  for (const edge of edges) {
    of(edge.source).outputs.add(edge.sourcePort)
    of(edge.target).inputs.add(edge.targetPort)
  }
  return used
}
