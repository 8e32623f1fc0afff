const patienceMs = 2000

/**
 * Give the keyboard to what a selector finds, as soon as it is drawn. Who was quick and is elsewhere by then, as in a
 * menu, stays there: `before` is what had the focus, or whatever has it in the next frame.
 */
export function focusWhenThere(selector: string, before?: Element | null, until = performance.now() + patienceMs): void {
  requestAnimationFrame(() => {
    const now = document.activeElement
    if (before !== undefined && now !== before && now?.matches('body, [data-focus-home]') === false) return
    const found = document.querySelector<HTMLElement>(selector)
    if (found !== null) found.focus({ preventScroll: true })
    else if (performance.now() < until) focusWhenThere(selector, now, until)
  })
}
