import { sideOf } from '@/document/groupPorts'
import type { OpenGraph } from '@/document/openGraph'
import { showInEditor } from './editorView'

/** The end of a group is called as its port is. */
export function mayRename({ canEdit, store }: OpenGraph, id: string): boolean {
  const node = store.node(id)
  return canEdit && node !== undefined && sideOf(node) === undefined
}

/** Edit the name of a node on its card. */
export function rename({ camera }: OpenGraph, id: string): void {
  camera.bring(id)
  showInEditor({ renaming: id })
}
