/**
 * What is worth reading out, gathered: who hears that two nodes and then thirty were added, or each of a hundred that
 * failed, hears nothing else any more. What one does oneself is not news, but for the end of a run.
 */
import type { OpenGraph } from '@/document/openGraph'

import { newsOfComments } from './newsOfComments'
import { newsOfConnection } from './newsOfConnection'
import { newsOfNodes } from './newsOfNodes'
import { newsOfRuns } from './newsOfRuns'

/** One kind of news: tells whoever asks what came since they asked last. */
export interface News {
  tell: () => string[]
  stop: () => void
}

/** So long nothing may come before what came is told. */
const pauseMs = 1000
/** So long it is kept at most, where there is no pause. */
const mostMs = 4000

/** Calls `say` with what is new, and with nothing in between; returns how to stop. */
export function announce(graph: OpenGraph, say: (words: string) => void): () => void {
  let first: number | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const onNews = () => {
    // The same words once more are read out once more only after others, or none.
    if (first === undefined) say('')
    first ??= performance.now()
    clearTimeout(timer)
    timer = setTimeout(tell, Math.min(pauseMs, first + mostMs - performance.now()))
  }
  const kinds: News[] = [newsOfConnection, newsOfNodes, newsOfRuns, newsOfComments].map((newsOf) => newsOf(graph, onNews))
  const tell = () => {
    first = undefined
    say(kinds.flatMap((news) => news.tell()).join(' '))
  }
  return () => {
    clearTimeout(timer)
    for (const news of kinds) news.stop()
  }
}
