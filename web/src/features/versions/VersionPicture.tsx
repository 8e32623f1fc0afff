/** A state of a graph drawn small, beside another: what is new in it, what is gone, and what differs. */
import { Maximize, Minus, Plus } from 'lucide-react'
import { type Box, boundsOf, edgeCurve, middleOf } from '@/canvas/geometry'
import { layOut, type Scene } from '@/canvas/scene'
import type { Difference } from '@/document/difference'
import type { Edge, Graph, Node, NodeType } from '@/document/schema.gen'
import { titleOf } from '@/document/titles'
import { categoryColour } from '@/ui/categoryColour'
import { IconButton } from '@/ui/IconButton'
import { useMedia } from '@/ui/useMedia'
import type { Look } from './useLook'
import styles from './VersionPicture.module.css'

export interface VersionPictureProps {
  scene: Scene
  difference: Difference
  look: Look
  label: string
}

/** Room for edges that run back below everything. */
const margin = 48
/** A small graph is drawn as if seen from a little further away. */
const least = { width: 900, height: 420 }
/** Names are as large as they are in a line of text, in a picture of any size, unless that is larger than their cards. */
const letters = { most: 40, share: 1 / 34 }
/** How many times as wide as high the frame is: beside the list, and on a narrow page below it. */
const shapes = { beside: 2.2, below: 1 }

/** A graph, and what was there before and is not in it. */
export function sceneOf(graph: Graph, { nodes, edges }: Difference, types: ReadonlyMap<string, NodeType>): Scene {
  const gone = <Row extends Node | Edge>(changes: ReadonlyMap<string, { kind: string; row: Row }>) =>
    [...changes.values()].flatMap(({ kind, row }) => (kind === 'removed' ? [row] : []))
  return layOut([...Object.values(graph.nodes), ...gone(nodes)], [...Object.values(graph.edges), ...gone(edges)], types)
}

/** What the picture shows unless one goes nearer. */
export function wholeOf({ nodes }: Scene): Box {
  const bounds = boundsOf([...nodes.values()].map(({ box }) => box)) ?? { x: 0, y: 0, width: 0, height: 0 }
  const [x, y] = middleOf(bounds)
  const width = Math.max(bounds.width, least.width) + 2 * margin
  const height = Math.max(bounds.height, least.height) + 2 * margin
  return { x: x - width / 2, y: y - height / 2, width, height }
}

export function VersionPicture({ scene, difference, look, label }: VersionPictureProps) {
  const shape = useMedia('(max-width: 760px)') ? shapes.below : shapes.beside
  if (scene.nodes.size === 0) {
    return (
      <div className={styles.frame}>
        <span className={styles.empty}>No nodes in this version</span>
      </div>
    )
  }
  const { seen, isNear, picture, onPointerDown, onPointerMove, zoom, showAll } = look
  const letter = Math.min(letters.most, Math.max(seen.height, seen.width / shape) * letters.share)
  return (
    <div className={styles.frame}>
      <svg
        ref={picture}
        className={styles.picture}
        data-near={isNear || undefined}
        viewBox={`${seen.x} ${seen.y} ${seen.width} ${seen.height}`}
        role="img"
        aria-label={label}
        fontSize={letter}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
      >
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
      <div className={styles.zoom} role="group" aria-label="Zoom">
        <IconButton size="small" label="Zoom out" tooltipSide="top" icon={<Minus size={14} />} disabled={!isNear} onClick={() => zoom(0.67)} />
        <IconButton size="small" label="Zoom in" tooltipSide="top" icon={<Plus size={14} />} onClick={() => zoom(1.5)} />
        <IconButton size="small" label="Show everything" tooltipSide="top" icon={<Maximize size={14} />} disabled={!isNear} onClick={showAll} />
      </div>
    </div>
  )
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
