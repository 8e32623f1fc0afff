import { useEffect, useRef } from 'react'

/**
 * Calls when one turns to this window again, as when one comes from another that stood beside it: the cache itself
 * asks again only when a page was hidden.
 */
export function useOnFocus(call: () => void): void {
  const newest = useRef(call)
  useEffect(() => {
    newest.current = call
  })
  useEffect(() => {
    const onFocus = () => newest.current()
    window.addEventListener('focus', onFocus)
    return () => window.removeEventListener('focus', onFocus)
  }, [])
}
