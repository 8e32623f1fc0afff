/** Says over the canvas that the graph is nearly full, or full, and what to do; it goes away by itself when there is room. */
import { CircleGauge, TriangleAlert, X } from 'lucide-react'
import { useState } from 'react'

import { useConnection } from '@/document/hooks'
import type { Space } from '@/document/space'
import { classNames } from '@/ui/classNames'
import { IconButton } from '@/ui/IconButton'

import styles from './SpaceNotice.module.css'
import { spaceWords } from './spaceWords'

export function SpaceNotice({ space }: { space: Space }) {
  const waits = useConnection().kind === 'full'
  const [read, setRead] = useState<Space['level']>()
  const isFull = space.level === 'full'
  if (read === space.level) return null
  const { title, advice } = spaceWords(space, waits)
  const Icon = isFull ? TriangleAlert : CircleGauge
  return (
    <div role={isFull ? 'alert' : 'status'} className={classNames(styles.notice, isFull ? styles.full : styles.nearly)}>
      <Icon size={16} aria-hidden className={styles.icon} />
      <div className={styles.words}>
        <p className={styles.title}>{title}</p>
        <p className={styles.advice}>{advice}</p>
      </div>
      {!isFull && <IconButton size="small" label="Hide" icon={<X size={14} />} onClick={() => setRead(space.level)} />}
    </div>
  )
}
