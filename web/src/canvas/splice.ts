/** Putting a node into an edge: between the two that it joins. */
import { fits } from '@/document/checks'
import type { OpenGraph } from '@/document/openGraph'
import type { Edge, Port } from '@/document/schema.gen'
import { type Bezier, boundsOf, type CardPorts, edgeCurve, edgeMiddle, portY } from './geometry'
import { makeWay } from './makeWay'
import { curveOf, layOut, type MeasuredSizes, type Scene } from './scene'

/** An edge, the ports by which a node comes into it, and the height at which it passes there. */
export interface Way {
  edge: Edge
  input: Port
  output: Port
  y: number
}

type Place = readonly [x: number, y: number]

/** An edge that runs back bows out this far around its nodes. */
const bow = 64
const steps = 12

/** The edge at a place, on this level, that a node with these ports can come into. */
export function wayAt(scene: Scene, at: Place, level: string | null, ports: CardPorts, reach: number): Way | undefined {
  if (ports.inputs.length === 0 || ports.outputs.length === 0) return undefined
  let [least, found]: [number, Way | undefined] = [reach, undefined]
  for (const edge of scene.edges) {
    const there = isNear(scene, edge, at, level) ? nearestOn(scene, edge, at) : undefined
    const far = there ? distance(at, there) : Infinity
    const fitting = far <= least ? portsInto(scene, edge, ports) : undefined
    if (there && fitting) [least, found] = [far, { edge, ...fitting, y: there[1] }]
  }
  return found
}

/** How a node with these ports can come into an edge, at its middle. */
export function wayInto(scene: Scene, edge: Edge, ports: CardPorts): Way | undefined {
  const curve = curveOf(scene, edge)
  const fitting = portsInto(scene, edge, ports)
  return curve && fitting && { edge, ...fitting, y: edgeMiddle(curve)[1] }
}

/** A cheap look before the curve is followed. */
function isNear(scene: Scene, { source, target }: Edge, [x, y]: Place, level: string | null): boolean {
  const [from, to] = [scene.nodes.get(source), scene.nodes.get(target)]
  if (from === undefined || to?.node.parent !== level || from.node.parent !== level) return false
  const box = boundsOf([from.box, to.box])
  return box !== undefined && x > box.x - bow && y > box.y - bow && x < box.x + box.width + bow && y < box.y + box.height + bow
}

/** The place on an edge that is nearest to another. */
function nearestOn(scene: Scene, edge: Edge, at: Place): Place | undefined {
  const curve = curveOf(scene, edge)
  if (curve === undefined) return undefined
  let from: Place = [curve.x1, curve.y1]
  let nearest = from
  for (const bezier of edgeCurve(curve)) {
    const start = from
    for (let step = 1; step <= steps; step++) {
      const to = pointOf(start, bezier, step / steps)
      const there = nearestBetween(at, from, to)
      if (distance(at, there) < distance(at, nearest)) nearest = there
      from = to
    }
  }
  return nearest
}

function pointOf([x0, y0]: Place, [x1, y1, x2, y2, x3, y3]: Bezier, t: number): Place {
  const mix = (a: number, b: number, c: number, d: number) =>
    (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t ** 2 * c + t ** 3 * d
  return [mix(x0, x1, x2, x3), mix(y0, y1, y2, y3)]
}

function nearestBetween([x, y]: Place, [x1, y1]: Place, [x2, y2]: Place): Place {
  const length = (x2 - x1) ** 2 + (y2 - y1) ** 2
  const t = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length))
  return [x1 + t * (x2 - x1), y1 + t * (y2 - y1)]
}

const distance = ([x1, y1]: Place, [x2, y2]: Place) => Math.hypot(x2 - x1, y2 - y1)

/** What is needed before what may come; a port for what comes back later is none to come in by. */
function portsInto({ nodes }: Scene, edge: Edge, { inputs, outputs }: CardPorts) {
  const given = nodes.get(edge.source)?.ports.outputs.find(({ name }) => name === edge.sourcePort)
  const taken = nodes.get(edge.target)?.ports.inputs.find(({ name }) => name === edge.targetPort)
  const fitting = inputs.filter((port) => given && !port.feedback && fits(given.type, port.type))
  const input = fitting.find((port) => port.required) ?? fitting[0]
  const output = outputs.find((port) => taken && fits(port.type, taken.type))
  return input && output && { input, output }
}

/**
 * The node takes what the edge brought, under the edge's condition, and what it gives goes on to where that went, under
 * the edge's name. It stands on the line, and what stood there makes way.
 */
export function putInto({ document, types }: OpenGraph, scene: Scene, { edge, input, output, y }: Way, id: string): void {
  const { target, targetPort, kind, order, varName } = edge
  document.gesture(() => {
    document.updateEdge(edge.id, { target: id, targetPort: input.name, varName: null })
    document.connect({ source: id, sourcePort: output.name, target, targetPort, kind, order, varName })
    const laid = () => layOut(document.allNodes(), document.allEdges(), types, sizesOf(scene))
    const here = laid().nodes.get(id)
    if (here === undefined) return
    const { node, ports, box } = here
    const port = ports.inputs.findIndex(({ name }) => name === input.name)
    document.moveNodes(new Map([[id, [node.pos[0], node.pos[1] + y - box.y - portY(ports, Math.max(0, port))]]]))
    document.moveNodes(makeWay(laid(), id))
  })
}

const sizesOf = ({ nodes }: Scene): MeasuredSizes => new Map([...nodes].map(([id, { box: { width, height } }]) => [id, { width, height }]))
