/**
 * Parts that are fetched when they are first shown. Without a connection they can't be; a part that was then given up
 * would take the page with it, so it is asked for again until it is there.
 */
import { type ComponentType, lazy, type LazyExoticComponent } from 'react'
import { create } from 'zustand'

const askAgainAfterMs = 1000

/** How often parts were asked for in vain since one came. */
export const useTriesInVain = create(() => 0)

/** As React's `lazy`, for a module that may not be reachable just now. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the props of any component, as in React's own type
export function later<Part extends ComponentType<any>>(load: () => Promise<{ default: Part }>): LazyExoticComponent<Part> {
  return lazy(() => untilThere(load))
}

export async function untilThere<Value>(load: () => Promise<Value>, everyMs = askAgainAfterMs): Promise<Value> {
  for (;;) {
    try {
      const value = await load()
      useTriesInVain.setState(0)
      return value
    } catch {
      useTriesInVain.setState((tries) => tries + 1)
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
  }
}
