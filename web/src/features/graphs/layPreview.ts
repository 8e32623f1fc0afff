import type { GraphPreview } from '@/api/shapes'

const MOST_NODES = 400
const LEAST_WIDTH = 720
const LEAST_HEIGHT = 400

export interface Drawing {
  viewBox: string
  /** The width of a hairline in the units of the drawing. */
  line: number
  nodes: { x: number; y: number; width: number; height: number; type: string }[]
  edges: string[]
}

/** What a preview looks like: boxes, and curves from right sides to left sides. Null for a graph without nodes. */
export function layPreview({ nodes, edges }: GraphPreview): Drawing | null {
  const shown = nodes.slice(0, MOST_NODES).map(([x, y, width, height, type]) => ({ x, y, width, height, type }))
  if (shown.length === 0) return null
  const left = Math.min(...shown.map((node) => node.x))
  const top = Math.min(...shown.map((node) => node.y))
  const wide = Math.max(...shown.map((node) => node.x + node.width)) - left
  const high = Math.max(...shown.map((node) => node.y + node.height)) - top
  // One node alone would fill the card: a small graph is drawn as if seen from a little further away.
  const width = Math.max(wide, LEAST_WIDTH)
  const height = Math.max(high, LEAST_HEIGHT)
  const paths = edges.flatMap(([from, to]) => {
    const source = shown[from]
    const target = shown[to]
    if (source === undefined || target === undefined) return []
    const [x1, y1] = [source.x + source.width, source.y + source.height / 2]
    const [x2, y2] = [target.x, target.y + target.height / 2]
    return [x2 > x1 ? forwards(x1, y1, x2, y2) : backwards(x1, y1, x2, y2, top + high)]
  })
  return {
    viewBox: `${left - (width - wide) / 2} ${top - (height - high) / 2} ${width} ${height}`,
    line: Math.max(width / 300, height / 170),
    nodes: shown,
    edges: paths,
  }
}

function forwards(x1: number, y1: number, x2: number, y2: number): string {
  const bend = Math.max(30, (x2 - x1) / 2)
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`
}

/** An edge that leads back goes round below everything. */
function backwards(x1: number, y1: number, x2: number, y2: number, bottom: number): string {
  const low = bottom + 50
  return `M${x1} ${y1}C${x1 + 70} ${y1} ${x1 + 70} ${low} ${x1 - 40} ${low}L${x2 + 40} ${low}C${x2 - 70} ${low} ${x2 - 70} ${y2} ${x2} ${y2}`
}
