/** What one person's editor shows just now: panels, dialogs, whom it follows. View state only, never the document. */
import { create } from 'zustand'
import type { Anchor } from '@/document/discussion'
import { focusWhenThere } from '@/ui/focusWhenThere'

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

/** The conversation that is open: a thread, or one about to begin; at its pin, or in the panel of comments. */
export interface Talk {
  where: 'pin' | 'panel'
  anchor: Anchor
  /** The thread that is read; null while one is about to begin. */
  thread: string | null
  /** The key of the pin it was opened at, if that is another than the anchor's: a field's thread at its node. */
  pin?: string
}

interface EditorView {
  leftPanel: LeftPanel | null
  /** A tab of app/rightTabs.tsx; null while the right column is closed. */
  rightPanel: string | null
  runPanel: boolean
  dialog: 'commands' | 'help' | 'share' | 'versions' | null
  /** What was typed for the palette of commands while it was on its way. */
  typedAhead: string
  /** Client id of the peer whose view is followed. */
  following: number | null
  isPanning: boolean
  openEnd: OpenEndRequest | null
  talk: Talk | null
  /** The next click on the canvas says what a comment is about. */
  placing: boolean
}

/** Below these widths a canvas between two panels, or beside one, would be a slit. */
const roomForInspector = 1100
const roomForLeftPanel = 700

export const useEditorView = create<EditorView>(() => ({
  leftPanel: window.innerWidth >= roomForLeftPanel ? 'add' : null,
  rightPanel: window.innerWidth >= roomForInspector ? 'inspector' : null,
  runPanel: false,
  dialog: null,
  typedAhead: '',
  following: null,
  isPanning: false,
  openEnd: null,
  talk: null,
  placing: false,
}))

export const showInEditor = (change: Partial<EditorView>) => {
  useEditorView.setState(change)
}

/** Hides the panel whatever it shows, or shows it with its first tab. */
export const toggleLeftPanel = () => showInEditor({ leftPanel: useEditorView.getState().leftPanel === null ? 'add' : null })
export const toggleRightPanel = () => showInEditor({ rightPanel: useEditorView.getState().rightPanel === null ? 'inspector' : null })

/** Opens the inspector with the keyboard in its first field; Escape goes back to what it is about. */
export function inspect(): void {
  showInEditor({ rightPanel: 'inspector' })
  focusWhenThere('[data-inspector] :is(input, textarea, button):enabled', document.activeElement)
}
