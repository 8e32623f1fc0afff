/** Elements may be moved without losing what they were scrolled to, and more, where the browser can. */
type Holder = Element & { moveBefore?: (moved: Element, before: Element | null) => void }

/**
 * Puts these elements, which one holder holds, into this order. The one that has the focus stays where it is, or it would
 * lose it: the others go before and behind it. What is in order already is left alone.
 */
export function arrange(wanted: readonly Element[]): void {
  const focused = wanted.findIndex((element) => element.contains(document.activeElement))
  const stays = Math.max(0, focused)
  for (let at = stays + 1; at < wanted.length; at++) {
    const [before, here] = [wanted[at - 1], wanted[at]]
    if (before && here && before.nextElementSibling !== here) move(here, before.nextElementSibling)
  }
  for (let at = stays - 1; at >= 0; at--) {
    const [here, behind] = [wanted[at], wanted[at + 1]]
    if (here && behind && behind.previousElementSibling !== here) move(here, behind)
  }
}

function move(element: Element, before: Element | null): void {
  const holder: Holder | null = element.parentElement
  if (holder?.moveBefore) {
    holder.moveBefore(element, before)
    return
  }
  const scrolled = [...element.querySelectorAll('*')].flatMap((each) => (each.scrollTop > 0 ? [[each, each.scrollTop] as const] : []))
  holder?.insertBefore(element, before)
  for (const [each, top] of scrolled) each.scrollTop = top
}
