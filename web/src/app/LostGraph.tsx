import { useEffect, useState } from 'react'
import { Link } from 'wouter'
import { useMe } from '@/api/queries'
import { useGraph } from '@/document/hooks'
import { Notice } from './Notice'

/**
 * For whoever has this graph no longer, or never had it: the server says the same of both, and of one that is deleted.
 * Admins of the workspace have every graph that there is, so to them it says that there is none.
 */
export function LostGraph() {
  const { connection, discussion } = useGraph()
  const { data: me, refetch } = useMe()
  const [isSure, setSure] = useState(false)
  useEffect(() => {
    connection.forgetCopy()
    discussion.forgetCopy()
    // It may be lost because one is no admin any more.
    void refetch().finally(() => setSure(true))
  }, [connection, discussion, refetch])
  const wasOpen = connection.loaded
  if (!isSure) return null
  if (me?.role === 'admin') {
    return (
      <Notice title={wasOpen ? 'This graph was deleted' : 'There is no such graph'} action={<AllGraphs />}>
        {wasOpen ? 'Somebody deleted it for everyone.' : 'It was deleted, or its address is not quite right.'}
      </Notice>
    )
  }
  return (
    <Notice title={wasOpen ? 'This graph is no longer shared with you' : 'There is no such graph for you'} action={<AllGraphs />}>
      It was deleted, or somebody took it back or ended the link that you came by. If you need it, ask whoever shared it
      with you.
    </Notice>
  )
}

const AllGraphs = () => <Link href="/">All graphs</Link>
