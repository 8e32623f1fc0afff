import { Link } from 'wouter'
import { Reload } from '@/ui/Boundary'
import { useInVain } from '@/ui/later'
import { reasons } from '@/ui/StillToCome'
import { Notice } from './Notice'

/** About three seconds: a moment without a connection is nothing to tell of. */
const patience = 3

/** While a page is fetched; says so when it can't be. */
export function Opening() {
  const { tries, why } = useInVain()
  if (why !== 'away' && (why === 'updated' || tries >= patience)) {
    return (
      <Notice title={why === 'updated' ? 'Flowroom was updated' : 'This page can’t be opened'} action={<Reload />}>
        <span role="status">{reasons[why]}</span>
      </Notice>
    )
  }
  if (tries < patience) return <Notice title="Opening Flowroom" busy />
  return (
    <Notice title="Flowroom can’t be reached" action={<Link href="/">All graphs</Link>}>
      <span role="status">It is tried again every second, and this page opens as soon as the server answers.</span>
    </Notice>
  )
}
