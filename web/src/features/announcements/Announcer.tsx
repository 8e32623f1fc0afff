/** For those who can't see it: what others change in the graph and say about it, and what runs do, read out when one pauses. */
import { useEffect, useState } from 'react'

import { useGraph } from '@/document/hooks'

import { announce } from './announce'

export function Announcer() {
  const graph = useGraph()
  const [words, setWords] = useState('')
  useEffect(() => announce(graph, setWords), [graph])
  return (
    <div className="visually-hidden" role="status" data-testid="announcer">
      {words}
    </div>
  )
}
