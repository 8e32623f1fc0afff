import { useEffect } from 'react'
import { Link } from 'wouter'
import { useGraph } from '@/document/hooks'
import { Notice } from './Notice'

/** For whoever has this graph no longer, or never had it: the server says the same of both, and of one that is deleted. */
export function LostGraph() {
  const { connection, discussion } = useGraph()
  useEffect(() => {
    connection.forgetCopy()
    discussion.forgetCopy()
  }, [connection, discussion])
  return (
    <Notice title={connection.loaded ? 'This graph is no longer shared with you' : 'There is no such graph for you'} action={<Link href="/">All graphs</Link>}>
      It was deleted, or somebody took it back or ended the link that you came by. If you need it, ask whoever shared it
      with you.
    </Notice>
  )
}
