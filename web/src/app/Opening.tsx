import { Link } from 'wouter'
import { useTriesInVain } from '@/ui/later'
import { Notice } from './Notice'

/** About three seconds: a moment without a connection is nothing to tell of. */
const patience = 3

/** While a page is fetched; says so when it can't be. */
export function Opening() {
  const isInVain = useTriesInVain() >= patience
  if (!isInVain) return <Notice title="Opening Flowroom" busy />
  return (
    <Notice title="Flowroom can’t be reached" action={<Link href="/">All graphs</Link>}>
      <span role="status">It is tried again every second, and this page opens as soon as the server answers.</span>
    </Notice>
  )
}
