import { Skeleton } from '@/ui/Skeleton'

import styles from './People.module.css'

/** The shape of a list of people while it is on the way. */
export function ListWaiting() {
  return (
    <div className={styles.waiting} aria-busy>
      {[0, 1, 2].map((place) => (
        <div key={place} className={styles.who}>
          <Skeleton width={32} height={32} radius={16} />
          <Skeleton width="40%" height={14} />
        </div>
      ))}
    </div>
  )
}
