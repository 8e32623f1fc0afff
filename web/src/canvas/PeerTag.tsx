import type { User } from '@/document/schema.gen'
import { readableOn } from '@/ui/readableOn'
import styles from './PeerTag.module.css'

/** Who has this selected, on the top edge of what it is. */
export function PeerTag({ user }: { user: User }) {
  return (
    <span className={styles.tag} style={{ background: user.colour, color: readableOn(user.colour) }}>
      {user.name}
    </span>
  )
}
