/** The panels an editor opens with, by the width of the window. What comes after is in panelRoom.ts. */
export type LeftPanel = 'add' | 'outline'

export interface Panels {
  leftPanel: LeftPanel | null
  /** A tab of app/rightTabs.tsx; null while the right column is closed. */
  rightPanel: string | null
  runPanel: boolean
}

export interface PanelRoom extends Panels {
  /** Closed for want of room, to be opened again. */
  putAway: Partial<Panels>
  /** That of the window, in pixels, when the panels were last fitted to it. */
  fittedTo: number
}

/** Below these widths, in pixels, a canvas between two panels, or beside one, would be a slit. */
export const roomForInspector = 1100
export const roomForLeftPanel = 700

export function firstPanels(fittedTo: number): PanelRoom {
  const [leftPanel, rightPanel] = ['add', 'inspector'] as const
  const [left, right] = [fittedTo >= roomForLeftPanel, fittedTo >= roomForInspector]
  const putAway = { ...(!left && { leftPanel }), ...(!right && { rightPanel }) }
  return { leftPanel: left ? leftPanel : null, rightPanel: right ? rightPanel : null, runPanel: false, putAway, fittedTo }
}
