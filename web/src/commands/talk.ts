/** Going to a conversation, and beginning one: where the canvas looks, what is selected, and which window opens. */
import { anchorKey, pinKey, type WritableAnchor } from '@/document/anchors'
import { isOrphan } from '@/document/discussion'
import type { OpenGraph } from '@/document/openGraph'
import type { Thread } from '@/document/schema.gen'
import type { Desk } from './command'
import { showInEditor, type Talk, useEditorView } from './editorView'

/** Comment on the one node or edge that is selected, or ask where on the canvas. */
export function beginComment({ graph }: Desk): void {
  const [only = '', another] = graph.selection.ids
  if (another === undefined && graph.store.node(only)) beginTalk({ type: 'node', node: only })
  else if (another === undefined && graph.store.edge(only)) beginTalk({ type: 'edge', edge: only })
  else showInEditor({ placing: true, openEnd: null })
}

/** Open the window in which a thread about this is begun. */
export function beginTalk(anchor: WritableAnchor): void {
  showInEditor({ placing: false, talk: { where: 'pin', anchor, thread: null } })
}

/** Open a thread at its pin, or in the panel; what it was about may be gone, and then it is only there. */
export function openThread(graph: OpenGraph, thread: Thread, where: 'pin' | 'panel', pin?: string): void {
  const { anchor, id } = thread
  const there = isOrphan(thread, graph.store) ? 'panel' : where
  showInEditor({
    placing: false,
    talk: { where: there, anchor, thread: id, ...(pin !== undefined && { pin }) },
    ...(there === 'panel' && { rightPanel: 'comments' }),
  })
}

/** Bring into view what a thread is about, and select it. */
export function lookAt(graph: OpenGraph, thread: Thread): void {
  const { anchor } = thread
  if (isOrphan(thread, graph.store)) return
  switch (anchor.type) {
    case 'node':
    case 'field':
      graph.selection.set([anchor.node])
      return graph.camera.reveal([anchor.node])
    case 'edge': {
      const { source = '', target = '' } = graph.store.edge(anchor.edge) ?? {}
      graph.selection.set([anchor.edge])
      return graph.camera.reveal([source, target])
    }
    case 'canvas':
      return graph.camera.look(anchor.at)
    case 'runEvent':
      graph.run.show(anchor.run)
      return showInEditor({ runPanel: true })
    case 'unknown':
  }
}

/** Look where a thread is and open it there. */
export function goToThread(graph: OpenGraph, thread: Thread, where: 'pin' | 'panel' = 'pin'): void {
  lookAt(graph, thread)
  openThread(graph, thread, where)
}

export function goToNextUnread({ graph }: Desk): void {
  const { discussion } = graph
  const open = useEditorView.getState().talk?.thread
  const unread = discussion.threads.filter(({ id }) => discussion.unread.has(id) && id !== open)
  const next = unread[0]
  if (next !== undefined) goToThread(graph, next)
}

/** Close the conversation; the keyboard goes back to its pin. */
export function closeTalk({ focusBack = true } = {}): void {
  const { talk } = useEditorView.getState()
  showInEditor({ talk: null })
  if (talk?.where === 'pin' && focusBack) pinOf(talk)?.focus({ preventScroll: true })
}

/** What a conversation's window stands beside: the pin on the canvas, the button at a field, the one at an event. */
export function pinOf({ anchor, pin }: Talk): HTMLElement | undefined {
  const keys = [pin, anchorKey(anchor), pinKey(anchor)].filter((key) => key !== undefined)
  const found = keys.map((key) => document.querySelector<HTMLElement>(`[data-pin="${CSS.escape(key)}"]`))
  return found.find((element) => element !== null) ?? undefined
}
