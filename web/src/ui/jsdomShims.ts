/** What a browser has, jsdom lacks, and the parts under test call. Imported by tests only. */

class NoResizeObserver implements ResizeObserver {
  observe() {}
  unobserve() {}
  disconnect() {}
}

/** A window of which no media query is true. */
class NoMedia extends EventTarget {
  readonly matches = false
}

globalThis.ResizeObserver ??= NoResizeObserver
globalThis.matchMedia ??= () => new NoMedia() as MediaQueryList
Element.prototype.scrollIntoView ??= () => undefined
Element.prototype.hasPointerCapture ??= () => false
Element.prototype.setPointerCapture ??= () => undefined
Element.prototype.releasePointerCapture ??= () => undefined
Range.prototype.getClientRects ??= () => [] as unknown as DOMRectList
Range.prototype.getBoundingClientRect ??= () => new DOMRect()

globalThis.CSS ??= { escape: (text: string) => text.replace(/["\\]/g, '\\$&') } as typeof CSS
