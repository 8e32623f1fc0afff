/**
 * Which panels a window of some width has room for. Pure: followWindow.ts has the window and what is open.
 *
 * What a person opens is opened, and others give way to it where there is no room. What was put away for want of room
 * comes back with it, unless the person has closed or opened it since.
 */
import { type PanelRoom, type Panels, roomForInspector, roomForLeftPanel } from './firstPanels'

type PanelName = keyof Panels

/** Below this width, in pixels, a canvas between two panels that one asked for is a slit. */
const roomForBoth = 900

const sides: readonly PanelName[] = ['leftPanel', 'rightPanel']
const all: readonly PanelName[] = [...sides, 'runPanel']

/** After the person chose something: the other panels give way where there is no room for them. */
export function chosen(before: PanelRoom, choice: Partial<Panels>, width: number): PanelRoom {
  const kept = Object.entries(before.putAway).filter(([name]) => !(name in choice))
  let room = { ...before, ...choice, putAway: Object.fromEntries(kept) }
  for (const name of all) {
    const others = width < roomForLeftPanel ? all : width < roomForBoth && name !== 'runPanel' ? sides : []
    if (choice[name]) room = putAway(room, others.filter((other) => other !== name))
  }
  return room
}

/** On a small screen a side panel lies over the canvas: whoever is to see that has the panel closed. */
export const uncovered = (room: PanelRoom, width: number) => (width < roomForLeftPanel ? putAway(room, sides) : room)

/** After the window became wider or narrower: as a new one of that width would be, but for what the person chose. */
export function resized(room: PanelRoom, fittedTo: number): PanelRoom {
  const from = room.fittedTo
  const next = { ...room, fittedTo }
  const fell = (limit: number) => from >= limit && fittedTo < limit
  if (fittedTo > from) return broughtBack(next, from)
  if (fell(roomForLeftPanel)) return putAway(next, sides)
  const isBetween = room.leftPanel !== null && room.rightPanel !== null
  return isBetween && (fell(roomForInspector) || fell(roomForBoth)) ? putAway(next, ['rightPanel']) : next
}

function broughtBack(room: PanelRoom, from: number): PanelRoom {
  const { fittedTo } = room
  if (fittedTo < roomForLeftPanel) return room
  let next = room
  const bringBack = (name: PanelName) => {
    const { [name]: kept, ...others } = next.putAway
    if (kept !== undefined) next = { ...next, [name]: kept, putAway: others }
  }
  if (room.rightPanel === null || fittedTo >= roomForInspector) bringBack('leftPanel')
  if (fittedTo >= roomForInspector || (from < roomForLeftPanel && next.leftPanel === null)) bringBack('rightPanel')
  bringBack('runPanel')
  return next
}

function putAway(room: PanelRoom, some: readonly PanelName[]): PanelRoom {
  const open = some.filter((name) => room[name])
  const taken = (value: (name: PanelName) => unknown) => Object.fromEntries(open.map((name) => [name, value(name)]))
  return { ...room, ...taken((name) => (name === 'runPanel' ? false : null)), putAway: { ...room.putAway, ...taken((name) => room[name]) } }
}
