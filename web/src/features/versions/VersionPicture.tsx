/** A version drawn small, beside what the graph is now: what comes back, what goes, and what changes by going back to it. */
import { useMemo } from 'react'
import { boundsOf, edgeCurve, middleOf } from '@/canvas/geometry'
import { layOut, type Scene } from '@/canvas/scene'
import type { Difference } from '@/document/difference'
import type { Edge, Graph, Node, NodeType } from '@/document/schema.gen'
import { titleOf } from '@/document/titles'
import { categoryColour } from '@/ui/categoryColour'
import styles from './VersionPicture.module.css'

export interface VersionPictureProps {
  version: Graph
  difference: Difference
  types: ReadonlyMap<string, NodeType>
  label: string
}

/** Room for edges that run back below everything. */
const margin = 48
/** A small graph is drawn as if seen from a little further away. */
const least = { width: 900, height: 420 }
/** Names are as large as they are in a line of text, in a picture of any size, unless that is larger than their cards. */
const letters = { most: 40, share: 1 / 34 }

export function VersionPicture({ version, difference, types, label }: VersionPictureProps) {
  const scene = useMemo(() => sceneOf(version, difference, types), [version, difference, types])
  const bounds = boundsOf([...scene.nodes.values()].map(({ box }) => box))
  if (bounds === undefined) {
    return (
      <div className={styles.picture}>
        <span className={styles.empty}>No nodes in this version</span>
      </div>
    )
  }
  const [x, y] = middleOf(bounds)
  const width = Math.max(bounds.width, least.width) + 2 * margin
  const height = Math.max(bounds.height, least.height) + 2 * margin
  const letter = Math.min(letters.most, height * letters.share)
  return (
    <svg className={styles.picture} viewBox={`${x - width / 2} ${y - height / 2} ${width} ${height}`} role="img" aria-label={label} fontSize={letter}>
      {scene.edges.map((edge) => (
        <path key={edge.id} className={styles.edge} data-fate={difference.edges.get(edge.id)?.kind} d={pathOf(edge, scene)} />
      ))}
      {[...scene.nodes.values()].map(({ node, type, box }) => (
        <g key={node.id} className={styles.node} data-fate={difference.nodes.get(node.id)?.kind} data-container={type?.container || undefined}>
          <rect x={box.x} y={box.y} width={box.width} height={box.height} rx={14} />
          <rect className={styles.dot} x={box.x + 14} y={box.y + 14} width={letter} height={letter} rx={letter / 4} style={{ fill: categoryColour(type?.category ?? '') }} />
          <text x={box.x + 20 + letter * 1.2} y={box.y + 14 + letter * 0.86}>
            {shortened(titleOf(node, type), (box.width - 24 - letter * 1.2) / letter)}
          </text>
        </g>
      ))}
    </svg>
  )
}

/** The version, and what is there now and would go. */
function sceneOf(version: Graph, { nodes, edges }: Difference, types: ReadonlyMap<string, NodeType>): Scene {
  const going = <Row extends Node | Edge>(changes: ReadonlyMap<string, { kind: string; row: Row }>) =>
    [...changes.values()].flatMap(({ kind, row }) => (kind === 'removed' ? [row] : []))
  return layOut([...Object.values(version.nodes), ...going(nodes)], [...Object.values(version.edges), ...going(edges)], types)
}

function pathOf({ source, target }: Edge, { nodes }: Scene): string {
  const [from, to] = [nodes.get(source)?.box, nodes.get(target)?.box]
  if (from === undefined || to === undefined) return ''
  const ends = { x1: from.x + from.width, y1: from.y + 24, x2: to.x, y2: to.y + 24 }
  const below = Math.max(from.y + from.height, to.y + to.height) + 36
  return `M${ends.x1} ${ends.y1}${edgeCurve({ ...ends, below }).map((curve) => `C${curve.join(' ')}`).join('')}`
}

/** What of a title has room in so many widths of its letters' height. */
function shortened(title: string, room: number): string {
  const most = Math.floor(room / 0.62)
  return title.length > most ? `${title.slice(0, Math.max(0, most - 1))}…` : title
}
