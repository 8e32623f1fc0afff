/** What one person's editor shows just now: panels, dialogs, whom it follows. View state only, never the document. */
import { create } from 'zustand'
import type { Anchor } from '@/document/discussion'
import { focusWhenThere } from '@/ui/focusWhenThere'
import { firstPanels, type PanelRoom } from './firstPanels'

export type { LeftPanel } from './firstPanels'

/**
 * What comes next is asked for: at the end of an edge that was drawn from a port to this place, at any port of a node,
 * in an edge, or just at a place.
 */
export interface OpenEndRequest {
  node?: string
  edge?: string
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

export interface EditorView extends PanelRoom {
  dialog: 'commands' | 'help' | 'share' | 'versions' | null
  /** What was typed for a field while it was on its way, with the Enter that ended it; all that stands in the palette of commands. */
  typedAhead: string
  /** Client id of the peer whose view is followed. */
  following: number | null
  isPanning: boolean
  openEnd: OpenEndRequest | null
  talk: Talk | null
  /** What the inspector shows of a node: it stays when another is selected. */
  nodeTab: string
  /** The node whose name is edited on its card. */
  renaming: string | null
  /** The next click on the canvas says what a comment is about. */
  placing: boolean
  /** What a command has done, for who can't see it. */
  said: string
}

export const useEditorView = create<EditorView>(() => ({
  ...firstPanels(window.innerWidth),
  dialog: null,
  typedAhead: '',
  following: null,
  isPanning: false,
  openEnd: null,
  talk: null,
  nodeTab: 'settings',
  renaming: null,
  placing: false,
  said: '',
}))

let shown = (_before: EditorView, change: Partial<EditorView>) => change
let uncovered = (before: EditorView): Partial<EditorView> => before

/** followWindow.ts says which panels give way to what is asked for, and to the canvas. */
export function givePanelsRoom(...rules: [typeof shown, typeof uncovered]): void {
  ;[shown, uncovered] = rules
}

export const showInEditor = (change: Partial<EditorView>) => {
  useEditorView.setState((before) => shown(before, change))
}

/** The same words once more are read out only after others, or none. */
export function say(said: string): void {
  useEditorView.setState({ said: '' })
  requestAnimationFrame(() => useEditorView.setState({ said }))
}

/** On a small screen a panel lies over the canvas: it closes for whoever is led to something there. */
export const showCanvas = () => {
  useEditorView.setState(uncovered)
}

/** Hides the panel whatever it shows, or shows it with its first tab. */
export const toggleLeftPanel = () => showInEditor({ leftPanel: useEditorView.getState().leftPanel === null ? 'add' : null })
export const toggleRightPanel = () => showInEditor({ rightPanel: useEditorView.getState().rightPanel === null ? 'inspector' : null })

/** Opens the inspector with the keyboard in its first field; Escape goes back to what it is about. */
export function inspect(): void {
  showInEditor({ rightPanel: 'inspector' })
  focusWhenThere('[data-inspector] :is(input, textarea, button):enabled', document.activeElement)
}
