/** Copy, cut, paste and duplicate: by the browser's own events on the usual keys, by the Clipboard API from menus. */
import { containerAt } from '@/canvas/dropTargets'
import { snapped } from '@/canvas/geometry'
import { layOut } from '@/canvas/scene'
import { clipPlace, copySelection, pasteSelection } from '@/document/clipboard'
import type { Position } from '@/document/graphDocument'
import { clearHeader, remove } from '@/document/groupPorts'
import type { OpenGraph } from '@/document/openGraph'
import type { Desk } from './command'
import { isTyping } from './keys'

/** Listen for the browser's copy, cut and paste; returns how to stop. */
export function listenToClipboard(graph: OpenGraph): () => void {
  const copy = (event: ClipboardEvent) => {
    const text = isForText(event) ? undefined : copySelection(graph.store, graph.selection.ids)
    if (text === undefined) return
    event.clipboardData?.setData('text/plain', text)
    event.preventDefault()
    if (event.type === 'cut' && graph.canEdit) remove(graph.document, graph.selection.ids)
  }
  const paste = (event: ClipboardEvent) => {
    if (isForText(event) || !graph.canEdit) return
    if (pasteAt(graph, event.clipboardData?.getData('text/plain') ?? '')) event.preventDefault()
  }
  document.addEventListener('copy', copy)
  document.addEventListener('cut', copy)
  document.addEventListener('paste', paste)
  return () => {
    document.removeEventListener('copy', copy)
    document.removeEventListener('cut', copy)
    document.removeEventListener('paste', paste)
  }
}

export async function copyToClipboard({ graph, complain }: Desk, { cut }: { cut: boolean }): Promise<void> {
  const text = copySelection(graph.store, graph.selection.ids)
  if (text === undefined) return
  try {
    await navigator.clipboard.writeText(text)
    if (cut) remove(graph.document, graph.selection.ids)
  } catch (error) {
    complain('The browser did not allow to copy; use the keys instead', error)
  }
}

export async function pasteFromClipboard({ graph, complain }: Desk): Promise<void> {
  try {
    pasteAt(graph, await navigator.clipboard.readText())
  } catch (error) {
    complain('The browser did not allow to paste; use the keys instead', error)
  }
}

export function duplicate({ graph }: Desk): void {
  const text = copySelection(graph.store, graph.selection.ids)
  if (text !== undefined) graph.selection.set(pasteSelection(graph.document, text, [24, 24], (node) => node.parent))
}

/**
 * Paste with the top left corner where the pointer is, into the group that is there, or else in the middle of the view;
 * false if the text is no selection.
 */
function pasteAt(graph: OpenGraph, text: string): boolean {
  const clip = clipPlace(text)
  if (clip === undefined) return false
  const { document, store, types } = graph
  const pointed = graph.presence.state.cursor ?? graph.camera.pointed
  const [x, y] = snapped(pointed ?? graph.camera.centre())
  const scene = layOut(store.nodes, store.edges, types)
  const home = scene.nodes.get((pointed && containerAt(scene, pointed, clip.copied)) ?? '')
  const offset: Position = [x - clip.corner[0] - (home?.box.x ?? 0), y - clip.corner[1] - (home?.box.y ?? 0)]
  const made = document.gesture(() => {
    const ids = pasteSelection(document, text, offset, () => home?.node.id ?? null)
    if (home) clearHeader(document, home.node.id)
    return ids
  })
  graph.selection.set(made)
  return made.length > 0
}

/** Whether the event is about text that someone types or has marked. */
function isForText(event: ClipboardEvent): boolean {
  return isTyping(event.target) || (event.type !== 'paste' && (window.getSelection()?.toString() ?? '') !== '')
}
