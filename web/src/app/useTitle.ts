import { useEffect } from 'react'
import { useConnection, useGraph, useIsLost, useMeta } from '@/document/hooks'

/** Names the browser's tab by the graph; not before it is here, nor when it is gone: a graph without a title reads "Untitled". */
export function useTitle(): void {
  const { connection } = useGraph()
  const { title } = useMeta()
  const isLost = useIsLost()
  // Being loaded is part of what the connection tells.
  useConnection()
  const page = connection.loaded && !isLost ? `${title} – Flowroom` : 'Flowroom'
  useEffect(() => {
    document.title = page
    return () => {
      document.title = 'Flowroom'
    }
  }, [page])
}
