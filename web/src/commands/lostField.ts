/**
 * Someone else deletes the node or the edge in whose field one is typing. It is said, and what one types on before one has
 * read that is for nobody: the canvas would take it for shortcuts, which are plain letters there.
 */
import { useEffect } from 'react'
import type * as Y from 'yjs'

import type { OpenGraph } from '@/document/openGraph'
import { titleOf } from '@/document/titles'
import { toast } from '@/ui/toast'

import { isTyping } from './keys'

/** Who has not typed for so long has seen what happened, and means what they press. */
const pauseMs = 2000

export function useLostField(graph: OpenGraph): void {
  useEffect(() => listen(graph), [graph])
}

/** Returns how to stop listening. */
function listen(graph: OpenGraph): () => void {
  const { nodes, edges } = graph.document
  let stop = () => {}
  const onChange = ({ keys }: Pick<Y.YMapEvent<unknown>, 'keys'>, { local }: Y.Transaction) => {
    // It is still drawn: the rows are read again with the next frame.
    const id = typedIn()
    if (local || id === undefined || keys.get(id)?.action !== 'delete') return
    toast.info(`Someone deleted ${wordsFor(graph, id)} while you were typing in it`, { description: 'Activity says who.' })
    stop()
    stop = swallowTyping()
  }
  nodes.observe(onChange)
  edges.observe(onChange)
  return () => {
    stop()
    nodes.unobserve(onChange)
    edges.unobserve(onChange)
  }
}

/** Whose field has the keyboard: that of a card, or of what the inspector shows. */
function typedIn(): string | undefined {
  const field = document.activeElement
  const around = isTyping(field) ? field?.closest<HTMLElement>('[data-inspected], .react-flow__node') : null
  return around?.dataset['inspected'] ?? around?.dataset['id']
}

function wordsFor(graph: OpenGraph, id: string): string {
  const node = graph.store.node(id)
  return node === undefined ? 'the edge' : `“${titleOf(node, graph.types.get(node.type))}”`
}

/** Until a pause, Escape, Tab or a click: keys with Ctrl or Command, and what goes into a field, are meant. */
function swallowTyping(): () => void {
  let last = performance.now()
  const over = new AbortController()
  const onKeyDown = (event: KeyboardEvent) => {
    const now = performance.now()
    const paused = now - last > pauseMs
    last = now
    if (event.ctrlKey || event.metaKey || isTyping(event.target)) return
    if (paused || event.key === 'Escape' || event.key === 'Tab') {
      over.abort()
      return
    }
    event.preventDefault()
    event.stopPropagation()
  }
  const options = { capture: true, signal: over.signal }
  // Before the canvas hears of it.
  window.addEventListener('keydown', onKeyDown, options)
  window.addEventListener('pointerdown', () => over.abort(), options)
  return () => over.abort()
}
