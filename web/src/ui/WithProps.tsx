import { cloneElement, type ReactElement } from 'react'

type Props = Record<string, unknown>
type Handler = (event: unknown) => void

/** An element with more attributes; where both listen to an event, the element's own listener comes first. */
export function WithProps({ element, ...more }: { element: ReactElement } & Props) {
  const own = element.props as Props
  const merged = Object.entries(more).map(([name, value]): [string, unknown] => {
    const before = own[name]
    if (typeof value !== 'function' || typeof before !== 'function') return [name, value ?? before]
    const both: Handler = (event) => {
      ;(before as Handler)(event)
      ;(value as Handler)(event)
    }
    return [name, both]
  })
  return cloneElement(element, Object.fromEntries(merged))
}
