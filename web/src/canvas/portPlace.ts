import { type Curve, edgeCurve, portY } from './geometry'
import type { OpenEnd } from './nextSteps'
import type { Scene } from './scene'

type Place = readonly [x: number, y: number]

/** Where a port is, in canvas units. */
export function portPlace(scene: Scene, { node, port, side }: OpenEnd): Place | undefined {
  const entry = scene.nodes.get(node)
  if (entry === undefined) return undefined
  const ports = side === 'source' ? entry.ports.outputs : entry.ports.inputs
  const at = Math.max(0, ports.findIndex((each) => each.name === port))
  return [entry.box.x + (side === 'source' ? entry.box.width : 0), entry.box.y + portY(entry.ports, at)]
}

/** The path of an edge between two places. */
export const pathOf = ([[x1, y1], [x2, y2]]: readonly [Place, Place]): string =>
  svgPath({ x1, y1, x2, y2, below: Math.max(y1, y2) + 80 })

/** An edge's curve as the `d` of an SVG path. */
export function svgPath(curve: Curve): string {
  const pieces = edgeCurve(curve).map((bezier) => `C${bezier.join(' ')}`)
  return `M${String(curve.x1)} ${String(curve.y1)} ${pieces.join(' ')}`
}
