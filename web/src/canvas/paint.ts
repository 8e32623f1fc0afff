/** A whole graph on one 2D canvas: what the far layer and the mini map draw. 1,000 nodes take under a millisecond. */
import type { ShownRun } from '@/document/runDocument'
import { titleOf } from '@/document/titles'
import { nodeStateFaces } from '@/nodes/nodeState'
import { categoryColour } from '@/ui/categoryColour'
import type { Tone } from '@/ui/StatusDot'
import type { Colours } from './colours'
import { type Box, edgeCurve, overlap, type View } from './geometry'
import { curveOf, type Scene, type SceneNode } from './scene'

export interface Painting {
  scene: Scene
  run: ShownRun
  selected: ReadonlySet<string>
  colours: Colours
  view: View
  width: number
  height: number
}

/** Draw what is in view. `titles` writes names once they would be readable. */
export function paintGraph(context: CanvasRenderingContext2D, painting: Painting, titles: boolean): void {
  const { view, width, height } = painting
  const seen: Box = { x: -view.x / view.zoom, y: -view.y / view.zoom, width: width / view.zoom, height: height / view.zoom }
  context.save()
  context.translate(view.x, view.y)
  context.scale(view.zoom, view.zoom)
  paintEdges(context, painting, seen)
  for (const entry of painting.scene.nodes.values()) {
    if (overlap(entry.box, seen)) paintNode(context, painting, entry, titles)
  }
  context.restore()
}

function paintEdges(context: CanvasRenderingContext2D, { scene, colours, view }: Painting, seen: Box): void {
  context.beginPath()
  for (const edge of scene.edges) {
    const curve = curveOf(scene, edge)
    if (curve === undefined) continue
    const { x1, y1, x2, y2, below } = curve
    const bottom = x2 >= x1 ? Math.max(y1, y2) : below
    const around = { x: Math.min(x1, x2), y: Math.min(y1, y2), width: Math.abs(x2 - x1), height: bottom - Math.min(y1, y2) }
    if (!overlap(around, seen)) continue
    context.moveTo(x1, y1)
    for (const bezier of edgeCurve(curve)) context.bezierCurveTo(...bezier)
  }
  context.strokeStyle = colours.edge
  context.lineWidth = Math.max(2, 1 / view.zoom)
  context.stroke()
}

function paintNode(
  context: CanvasRenderingContext2D,
  { run, selected, colours, view }: Painting,
  { node, type, box }: SceneNode,
  titles: boolean,
): void {
  const tone = toneOf(run.node(node.id)?.status)
  const line = Math.max(1.5, 1.2 / view.zoom)
  context.beginPath()
  context.roundRect(box.x, box.y, box.width, box.height, 14)
  context.globalAlpha = type?.container ? 0.5 : 1
  context.fillStyle = colours.surface
  context.fill()
  context.globalAlpha = 1
  context.strokeStyle = selected.has(node.id) ? colours.accent : tone ? colours.tones[tone] : colours.border
  context.lineWidth = selected.has(node.id) || tone ? 2.5 * line : line
  context.stroke()
  context.fillStyle = colours.category(categoryColour(type?.category ?? 'Other'))
  context.beginPath()
  context.roundRect(box.x + 12, box.y + 10, 28, 28, 8)
  context.fill()
  if (titles && view.zoom > 0.14) paintTitle(context, colours, titleOf(node, type), box, view)
}

function paintTitle(context: CanvasRenderingContext2D, colours: Colours, title: string, box: Box, view: View): void {
  const size = Math.min(30, 9 / view.zoom)
  context.font = `600 ${String(size)}px "Inter Variable", sans-serif`
  context.textBaseline = 'middle'
  context.fillStyle = colours.text
  const room = Math.floor((box.width - 64) / (size * 0.56))
  context.fillText(title.length > room ? `${title.slice(0, Math.max(1, room - 1))}…` : title, box.x + 52, box.y + 25)
}

/** A node that waits is drawn as if no run were shown: only what happened gets a colour. */
function toneOf(status: keyof typeof nodeStateFaces | undefined): Tone | undefined {
  const tone = status && nodeStateFaces[status].tone
  return tone === 'idle' ? undefined : tone
}

/** Size a canvas for the screen's pixels and clear it. */
export function prepare(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D | null {
  const ratio = window.devicePixelRatio || 1
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)]
  if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high]
  const context = canvas.getContext('2d')
  context?.setTransform(ratio, 0, 0, ratio, 0, 0)
  context?.clearRect(0, 0, width, height)
  return context
}
