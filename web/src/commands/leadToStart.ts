import type { OpenGraph } from '@/document/openGraph'
import { titleOf } from '@/document/titles'
import { focusWhenThere } from '@/ui/focusWhenThere'
import { toast } from '@/ui/toast'

/**
 * A cascade runs from one node on, so that the server refuses to run all of it. Whoever asks for that is led to the Chat in
 * which they say what begins it, or told how to run it from another node. Gives whether that is how the graph runs.
 */
export function leadToStart({ store, types, camera, selection }: OpenGraph): boolean {
  if (store.meta.execution !== 'cascade') return false
  const chat = store.nodes.find(({ type, disabled }) => types.get(type)?.body === 'chat' && !disabled)
  const elsewhere = 'To begin at another node, right-click it and choose “Run from the selected node”.'
  if (chat === undefined) {
    toast.info('This graph runs from one node on', { description: elsewhere })
    return true
  }
  selection.set([chat.id])
  camera.bring(chat.id)
  focusWhenThere(`.react-flow__node[data-id="${CSS.escape(chat.id)}"] textarea`)
  toast.info(`Say something in ${titleOf(chat, types.get(chat.type))}: that begins a run`, { description: elsewhere })
  return true
}
