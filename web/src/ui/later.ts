/**
 * Parts that are fetched when they are first shown. Without a connection they can't be; a part that was then given up
 * would take the page with it, so it is asked for again until it is there. One that the server has no longer, since it
 * was updated under an open page, never comes: whoever waits is told to reload.
 */
import { type ComponentType, lazy, type LazyExoticComponent } from 'react'
import { create } from 'zustand'

const askAgainAfterMs = 1000

/** The server gives no page, one whose parts have other names than those of this page, or the very page and not its part. */
export type WhyInVain = 'away' | 'updated' | 'stuck'

/** How often parts were asked for in vain since one came, and why, as far as is known. */
export const useInVain = create<{ tries: number; why: WhyInVain }>(() => ({ tries: 0, why: 'away' }))

/** As React's `lazy`, for a module that may not be reachable just now. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the props of any component, as in React's own type
export function later<Part extends ComponentType<any>>(load: () => Promise<{ default: Part }>): LazyExoticComponent<Part> {
  return lazy(() => untilThere(load))
}

export async function untilThere<Value>(load: () => Promise<Value>, everyMs = askAgainAfterMs): Promise<Value> {
  for (;;) {
    try {
      const value = await load()
      useInVain.setState({ tries: 0, why: 'away' })
      return value
    } catch {
      useInVain.setState(({ tries }) => ({ tries: tries + 1 }))
      // Not waited for: an answer that never comes must not keep the part from being asked for.
      void askWhy().then((why) => useInVain.setState(({ tries }) => (tries > 0 ? { why } : {})))
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
  }
}

async function askWhy(): Promise<WhyInVain> {
  const page = await fetch('/', { cache: 'no-store' }).catch(() => undefined)
  if (page?.ok !== true) return 'away'
  const text = await page.text().catch(() => '')
  const served = scriptOf(new DOMParser().parseFromString(text, 'text/html'))
  if (served === undefined) return 'away'
  return served === scriptOf(document) ? 'stuck' : 'updated'
}

/** The script that a page begins with; a build gives it a name of its own. What stands between us and the server names none. */
const scriptOf = (page: Document) => page.querySelector('script[type="module"][src]')?.getAttribute('src') ?? undefined
