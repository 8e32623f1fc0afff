/**
 * The keyboard stays where one works. A browser gives the focus to nobody when the element that had it goes: the row that
 * was deleted, the button of a window that closed. Then it goes to the neighbour, the list, what was left for the window,
 * or the place where the page or the window is at home: `data-focus-home`, else its heading.
 */
const layers = '[data-layer], [role="dialog"]'
const focusables = 'a[href], button:enabled, input:enabled, select:enabled, textarea:enabled, [tabindex]:not([tabindex="-1"])'
const pageLevel = 'body, #layers, #root'
const typing = 'input, textarea, select'

/** The lines of a canvas are SVG. */
type Holder = HTMLElement | SVGElement
const isHolder = (node: unknown): node is Holder => node instanceof HTMLElement || node instanceof SVGElement

/** An element that had the focus, and once it is gone, where it stood. */
interface Held {
  element: Holder
  place?: { removed: Holder; next: Node | null; previous: Node | null; parent: Node }
}

/** What had the focus last, and what had it last outside all windows and menus. */
let last: Held | undefined
let standing: Held | undefined

let stop: (() => void) | undefined

/** Watch over the focus of the page until the function returned is called; once, however often this is asked for. */
export function keepFocus(): () => void {
  return (stop ??= watch())
}

function watch(): () => void {
  const onFocus = ({ target }: FocusEvent) => {
    if (isHolder(target) && !target.matches('body, [data-radix-focus-guard]')) remember(target)
  }
  const onPress = ({ target }: PointerEvent) => {
    // Who presses on bare ground lets go by choice; a press on something that takes the focus is remembered next.
    if (!(target instanceof Node) || last?.element.contains(target) !== true) last = undefined
  }
  const observer = new MutationObserver((records) => {
    for (const held of [last, standing]) locate(held, records)
    if (isLost()) afterFrames(2, recover)
  })
  document.addEventListener('focusin', onFocus)
  document.addEventListener('pointerdown', onPress, true)
  observer.observe(document.body, { childList: true, subtree: true })
  return () => {
    document.removeEventListener('focusin', onFocus)
    document.removeEventListener('pointerdown', onPress, true)
    observer.disconnect()
    last = standing = stop = undefined
  }
}

/** Back to what had the focus before a window opened, or what is nearest to it: in the window below, or on the page. */
export function focusBack(before: Element | null): void {
  if (isHolder(before) && before !== document.body && before.isConnected) before.focus({ preventScroll: true })
  else if (!windowHomes().some(take) && standing !== undefined) focusNear(standing)
}

/** Where windows are at home, the uppermost first; in each, before the field that it opens with. */
const windowHomes = () =>
  ['[data-focus-home]', '[data-autofocus]'].flatMap((home) => [...document.querySelectorAll<HTMLElement>(`[data-dialog] ${home}`)].reverse())

function remember(element: Holder): void {
  last = { element }
  if (element.closest(layers) === null) standing = last
}

function locate(held: Held | undefined, records: readonly MutationRecord[]): void {
  if (held === undefined || held.place !== undefined || held.element.isConnected) return
  for (const { removedNodes, nextSibling: next, previousSibling: previous, target: parent } of records) {
    const removed = [...removedNodes].find((node) => node.contains(held.element))
    // What hangs at the page itself is a window, and has no neighbours.
    if (isHolder(removed) && !(parent instanceof Element && parent.matches(pageLevel))) held.place = { removed, next, previous, parent }
  }
}

const isLost = () => document.activeElement === document.body && last?.element.isConnected === false

/** A window that closes, or what was asked for, may still place the focus by itself: theirs comes first. */
function afterFrames(frames: number, then: () => void): void {
  requestAnimationFrame(() => (frames > 1 ? afterFrames(frames - 1, then) : then()))
}

function recover(): void {
  if (!isLost()) return
  const done = (last !== undefined && focusNear(last)) || (standing !== undefined && standing !== last && focusNear(standing))
  if (!done) focusHome()
}

function focusNear(held: Held): boolean {
  return candidates(held).some(take)
}

function candidates({ element, place }: Held): Holder[] {
  if (element.isConnected) return [element]
  if (place === undefined) return []
  // Of cards on a canvas none is the next one.
  const home = place.parent instanceof Element ? place.parent.closest<HTMLElement>('[data-focus-home]') : null
  if (home !== null) return [home]
  return [...besideIn(place.next, element, place.removed), ...besideIn(place.previous, element, place.removed), ...around(place.parent)]
}

/** The same button in the neighbouring row, or its nearest. */
function besideIn(row: Node | null, element: Holder, removed: Holder): Holder[] {
  if (!isHolder(row) || !row.isConnected) return []
  const there = focusablesOf(row)
  const same = there[Math.min(there.length - 1, focusablesOf(removed).indexOf(element))]
  return same === undefined ? there : [same, ...there]
}

/** What holds the place: the list itself, or something in it that is not written into by accident. */
function around(parent: Node): Holder[] {
  const found: Holder[] = []
  for (let at: Node | null = parent; at instanceof HTMLElement && !at.matches(`${pageLevel}, main`); at = at.parentElement) {
    if (at.isConnected) found.push(...(at.hasAttribute('tabindex') ? [at] : []), ...focusablesOf(at).filter((each) => !each.matches(typing)))
  }
  return found
}

function focusablesOf(element: Holder): Holder[] {
  const within = [...element.querySelectorAll<Holder>(focusables)]
  return element.matches(focusables) ? [element, ...within] : within
}

function focusHome(): void {
  const home = document.querySelector<HTMLElement>('[data-focus-home]') ?? document.querySelector<HTMLElement>('main h1, h1')
  if (home === null) return
  if (!home.hasAttribute('tabindex')) home.tabIndex = -1
  take(home)
}

/** Whether it took the focus: what is hidden, or behind a window, doesn't. */
function take(element: Holder): boolean {
  if (element.closest('[aria-hidden="true"], [inert]') !== null) return false
  element.focus({ preventScroll: true })
  return document.activeElement === element
}
