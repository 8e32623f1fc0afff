/** What one person's editor shows just now: panels, dialogs, whom it follows. View state only, never the document. */
import { create } from 'zustand'

export type LeftPanel = 'add' | 'outline'

/**
 * What comes next is asked for: at the end of an edge that was drawn from a port to this place, at any port of a node,
 * or just at a place.
 */
export interface OpenEndRequest {
  node?: string
  port?: string
  side?: 'source' | 'target'
  /** In canvas units. */
  at?: readonly [number, number]
}

interface EditorView {
  leftPanel: LeftPanel | null
  inspector: boolean
  runPanel: boolean
  dialog: 'commands' | 'help' | null
  /** Client id of the peer whose view is followed. */
  following: number | null
  isPanning: boolean
  openEnd: OpenEndRequest | null
}

/** Below this width a canvas between two panels would be a slit. */
const roomForInspector = 1100

export const useEditorView = create<EditorView>(() => ({
  leftPanel: 'add',
  inspector: window.innerWidth >= roomForInspector,
  runPanel: false,
  dialog: null,
  following: null,
  isPanning: false,
  openEnd: null,
}))

export const showInEditor = (change: Partial<EditorView>) => {
  useEditorView.setState(change)
}
