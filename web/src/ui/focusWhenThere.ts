const patienceMs = 2000
/** A field of a menu that is open: who is there has gone on already. One that closes may still be in the page. */
const fieldOfMenu = '[role="dialog"]:not([data-state="closed"]) :is(input, textarea)'

/**
 * Give the keyboard to what a selector finds, as soon as it is drawn. Who was quick and is elsewhere by then, as in a
 * menu, stays there: `before` is what had the focus, or whatever has it in the next frame, unless that is such a menu.
 */
export function focusWhenThere(selector: string, before?: Element | null, until = performance.now() + patienceMs): void {
  requestAnimationFrame(() => {
    const now = document.activeElement
    const isElsewhere = before === undefined ? now?.matches(fieldOfMenu) : now !== before && now?.matches('body, [data-focus-home]') === false
    if (isElsewhere === true) return
    const found = document.querySelector<HTMLElement>(selector)
    if (found !== null) found.focus({ preventScroll: true })
    else if (performance.now() < until) focusWhenThere(selector, now, until)
  })
}
