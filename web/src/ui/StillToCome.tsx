import { Reload } from './Boundary'
import { useInVain, type WhyInVain } from './later'
import styles from './StillToCome.module.css'

/** Why it will not come by itself, and what to do. */
export const reasons: Record<Exclude<WhyInVain, 'away'>, string> = {
  updated: 'Flowroom was updated. Reload to go on with the new one; your edits are safe.',
  stuck: 'The server answers, but doesn’t give this part. Reload; your edits are safe.',
}

/** In the place of a part that is on its way: nothing at first, and once it was asked for in vain, why and what to do. */
export function StillToCome({ orElse = '' }: { orElse?: string }) {
  const { tries, why } = useInVain()
  if (tries === 0) return null
  return (
    <div role="status" className={styles.words}>
      {why === 'away' ? <p>The server can’t be reached. This opens when it can{orElse}.</p> : <p>{reasons[why]}</p>}
      {why !== 'away' && <Reload />}
    </div>
  )
}
