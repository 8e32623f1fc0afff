/** The panels follow the width of the window. Fetched soon after the canvas: a window is opened before it is resized. */
import { type EditorView, givePanelsRoom, useEditorView } from './editorView'
import type { Panels } from './firstPanels'
import { chosen, resized, uncovered } from './panelRoom'

/** From now on, for as long as the page is open. */
export function followWindow(): void {
  givePanelsRoom(shown, (before) => uncovered(before, innerWidth))
  addEventListener('resize', fit)
  fit()
}

function fit(): void {
  useEditorView.setState((before) => (before.fittedTo === innerWidth ? before : resized(before, innerWidth)))
}

/** What a person asked to be shown, with the panels that leaves. */
function shown(before: EditorView, change: Partial<EditorView>): Partial<EditorView> {
  const { leftPanel, rightPanel, runPanel } = change
  const choice = Object.fromEntries(Object.entries({ leftPanel, rightPanel, runPanel }).filter(([, value]) => value !== undefined)) as Partial<Panels>
  const room = chosen(isOnCanvas(change) ? uncovered(before, innerWidth) : before, choice, innerWidth)
  return { ...change, leftPanel: room.leftPanel, rightPanel: room.rightPanel, runPanel: room.runPanel, putAway: room.putAway }
}

/** The conversation of a field may be in the inspector; the rest of these is seen on the canvas only. */
const isOnCanvas = ({ openEnd, talk, placing, following }: Partial<EditorView>) =>
  Boolean(openEnd) || placing === true || typeof following === 'number' || (talk?.where === 'pin' && talk.anchor.type !== 'field')
