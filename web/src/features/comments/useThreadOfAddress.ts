import { useEffect } from 'react'
import { useSearch } from 'wouter'

import { goToThread } from '@/commands/talk'
import { useGraph, useThread } from '@/document/hooks'

/** `/graphs/ID?thread=T` leads to a thread, once it is known; then the address is the graph's own again. */
export function useThreadOfAddress(): void {
  const graph = useGraph()
  const wanted = new URLSearchParams(useSearch()).get('thread') ?? ''
  const thread = useThread(wanted)
  const found = thread !== undefined
  useEffect(() => {
    const target = graph.discussion.thread(wanted)
    if (!found || target === undefined) return
    // The camera takes requests from the canvas's first frame on.
    const frame = requestAnimationFrame(() => {
      goToThread(graph, target)
      history.replaceState(history.state, '', location.pathname)
    })
    return () => cancelAnimationFrame(frame)
  }, [graph, wanted, found])
}
