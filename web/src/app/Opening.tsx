import { Link } from 'wouter'
import { Reload } from '@/ui/Boundary'
import { useInVain } from '@/ui/later'
import { Notice } from './Notice'

/** About three seconds: a moment without a connection is nothing to tell of. */
const patience = 3

/** While a page is fetched; says so when it can't be. */
export function Opening() {
  const { tries, why } = useInVain()
  if (why === 'updated') return <ReloadIt title="Flowroom was updated" text="Reload to go on with the new one; your edits are safe." />
  if (tries < patience) return <Notice title="Opening Flowroom" busy />
  if (why === 'stuck') return <ReloadIt title="This page can’t be opened" text="The server answers, but doesn’t give it. Reload; your edits are safe." />
  return (
    <Notice title="Flowroom can’t be reached" action={<Link href="/">All graphs</Link>}>
      <span role="status">It is tried again every second, and this page opens as soon as the server answers.</span>
    </Notice>
  )
}

function ReloadIt({ title, text }: { title: string; text: string }) {
  return (
    <Notice title={title} action={<Reload />}>
      <span role="status">{text}</span>
    </Notice>
  )
}
