/** What is seen of a drag beside the cards that move: the copies it will leave, and the lines that it keeps to. */
import { ViewportPortal } from '@xyflow/react'
import { memo } from 'react'
import styles from './DragAids.module.css'
import card from './NodeCard.module.css'
import { CardTitle } from './NodeCard'
import type { Scene, SceneNode } from './scene'
import type { Drag } from './useDragging'
import { classNames } from '@/ui/classNames'

/** Of a large selection the first are enough to see where it goes. */
const mostDrawn = 150

export function DragAids({ scene, drag: { places, by: [x, y], asCopies, guides } }: { scene: Scene; drag: Drag }) {
  const dragged = asCopies ? [...places.keys()].slice(0, mostDrawn) : []
  return (
    <ViewportPortal>
      <div className={styles.copies} style={{ transform: `translate(${String(x)}px, ${String(y)}px)` }} aria-hidden data-testid="copies">
        {dragged.map((id) => {
          const entry = scene.nodes.get(id)
          return entry && <Copy key={id} entry={entry} />
        })}
      </div>
      <svg className={styles.guides} aria-hidden data-testid="guides">
        {guides.map((guide, at) => (
          <line key={at} {...guide} />
        ))}
      </svg>
    </ViewportPortal>
  )
}

/** As a card, or a frame, without what is in it. */
const Copy = memo(function Copy({ entry: { node, type, box } }: { entry: SceneNode }) {
  const { x, y, width, height } = box
  return (
    <div
      className={classNames(styles.copy, type?.container === true && styles.frame)}
      style={{ transform: `translate(${String(x)}px, ${String(y)}px)`, width, height }}
    >
      <div className={card.header}>
        <CardTitle node={node} />
      </div>
    </div>
  )
})
