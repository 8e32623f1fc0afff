/** What one person's editor shows just now: panels, dialogs, whom it follows. View state only, never the document. */
import { create } from 'zustand'

export type LeftPanel = 'add' | 'outline'

interface EditorView {
  leftPanel: LeftPanel | null
  inspector: boolean
  runPanel: boolean
  dialog: 'commands' | 'help' | null
  /** Client id of the peer whose view is followed. */
  following: number | null
  isPanning: boolean
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
}))

export const showInEditor = (change: Partial<EditorView>) => {
  useEditorView.setState(change)
}
