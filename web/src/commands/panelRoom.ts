/**
 * Which panels a window of some width has room for. Pure: editorView.ts keeps what is open and what was put away.
 *
 * What a person opens is opened, and others give way to it where there is no room. What a narrowing window put away comes
 * back when there is room again, unless the person has closed or opened it since.
 */
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
}

/** Below these widths, in pixels, a canvas between the two panels one finds, two panels one asked for, or beside one is a slit. */
const roomForInspector = 1100
const roomForBoth = 900
export const roomForLeftPanel = 700

const names = ['leftPanel', 'rightPanel', 'runPanel'] as const
const closed = { leftPanel: null, rightPanel: null, runPanel: false } as const

/** What an editor shows that opens in a window this wide. */
export function firstPanels(width: number): PanelRoom {
  return resized({ leftPanel: 'add', rightPanel: 'inspector', runPanel: false, putAway: {} }, Infinity, width)
}

/** After the person chose something: the other panels give way where there is no room for them. */
export function chosen(room: PanelRoom, choice: Partial<Panels>, width: number): PanelRoom {
  let next: PanelRoom = { ...room, ...choice, putAway: without(room.putAway, choice) }
  for (const name of names) {
    if (!isOpen(choice[name])) continue
    const others = names.filter((other) => other !== name && (width < roomForLeftPanel || (other !== 'runPanel' && name !== 'runPanel')))
    if (width < roomForBoth) next = putAway(next, others)
  }
  return next
}

/** After the window became wider or narrower. */
export function resized(room: PanelRoom, from: number, to: number): PanelRoom {
  const fell = (limit: number) => from >= limit && to < limit
  if (to > from) return broughtBack(room, from, to)
  if (fell(roomForLeftPanel)) return putAway(room, ['leftPanel', 'rightPanel'])
  const isBetween = room.leftPanel !== null && room.rightPanel !== null
  return isBetween && (fell(roomForInspector) || fell(roomForBoth)) ? putAway(room, ['rightPanel']) : room
}

/** On a small screen a side panel lies over the canvas: whoever is to see that has the panel closed. */
export function uncovered(room: PanelRoom, width: number): PanelRoom {
  return width < roomForLeftPanel ? putAway(room, ['leftPanel', 'rightPanel']) : room
}

function broughtBack(room: PanelRoom, from: number, to: number): PanelRoom {
  let next = room
  const bringBack = (name: keyof Panels) => {
    if (isOpen(next.putAway[name])) next = { ...next, ...pick(next.putAway, name), putAway: without(next.putAway, { [name]: true }) }
  }
  if (to < roomForLeftPanel) return room
  if (next.rightPanel === null || to >= roomForInspector) bringBack('leftPanel')
  if (to >= roomForInspector || (from < roomForLeftPanel && next.leftPanel === null)) bringBack('rightPanel')
  bringBack('runPanel')
  return next
}

function putAway(room: PanelRoom, some: readonly (keyof Panels)[]): PanelRoom {
  const open = some.filter((name) => isOpen(room[name]))
  if (open.length === 0) return room
  return {
    ...room,
    ...Object.assign({}, ...open.map((name) => pick(closed, name))),
    putAway: Object.assign({}, room.putAway, ...open.map((name) => pick(room, name))) as Partial<Panels>,
  } as PanelRoom
}

const isOpen = (value: Panels[keyof Panels] | undefined) => value !== undefined && value !== null && value !== false

const pick = (from: Partial<Panels>, name: keyof Panels): Partial<Panels> => ({ [name]: from[name] })

const without = (from: Partial<Panels>, names: object): Partial<Panels> =>
  Object.fromEntries(Object.entries(from).filter(([name]) => !(name in names)))
