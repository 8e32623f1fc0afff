import { useMemo } from 'react'

import { useNodeTypes } from '@/api/queries'
import type { GraphPreview as Preview } from '@/api/shapes'
import { categoryColour } from '@/ui/categoryColour'

import styles from './GraphPreview.module.css'
import { layPreview } from './layPreview'

/** A graph drawn small: where its nodes are, of what kind they are, and how they are joined. */
export function GraphPreview({ preview }: { preview: Preview }) {
  const types = useNodeTypes().data
  const drawing = useMemo(() => layPreview(preview), [preview])
  const colours = useMemo(() => new Map(types?.map(({ type, category }) => [type, categoryColour(category)])), [types])
  if (drawing === null) {
    return (
      <div className={styles.preview}>
        <span className={styles.empty}>Nothing here yet</span>
      </div>
    )
  }
  return (
    <div className={styles.preview}>
      <svg className={styles.drawing} viewBox={drawing.viewBox} preserveAspectRatio="xMidYMid meet" aria-hidden>
        {drawing.edges.map((path, index) => (
          <path key={index} d={path} className={styles.edge} strokeWidth={drawing.line} />
        ))}
        {drawing.nodes.map(({ x, y, width, height, type }, index) => (
          <g key={index}>
            <rect
              x={x}
              y={y}
              width={width}
              height={height}
              rx={drawing.line * 5}
              className={styles.node}
              strokeWidth={drawing.line}
            />
            <rect
              x={x + drawing.line * 5}
              y={y + drawing.line * 5}
              width={Math.min(width * 0.2, drawing.line * 12)}
              height={Math.min(width * 0.2, drawing.line * 12)}
              rx={drawing.line * 3}
              fill={colours.get(type) ?? 'var(--cat-8)'}
            />
            <rect
              x={x + drawing.line * 22}
              y={y + drawing.line * 8.5}
              width={Math.max(0, width * 0.55 - drawing.line * 12)}
              height={drawing.line * 5}
              rx={drawing.line * 2.5}
              className={styles.name}
            />
          </g>
        ))}
      </svg>
    </div>
  )
}
