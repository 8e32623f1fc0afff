import { useEffect, useRef, type RefObject } from 'react'

/** Keeps a list scrolled to its newest line, unless the reader has scrolled up. */
export function useStickToEnd<Element extends HTMLElement>(...changes: unknown[]): RefObject<Element | null> {
  const element = useRef<Element | null>(null)
  const atEnd = useRef(true)
  useEffect(() => {
    const list = element.current
    if (list === null) return
    const onScroll = () => {
      atEnd.current = list.scrollHeight - list.scrollTop - list.clientHeight < 24
    }
    list.addEventListener('scroll', onScroll, { passive: true })
    return () => {
      list.removeEventListener('scroll', onScroll)
    }
  }, [])
  useEffect(() => {
    const list = element.current
    if (list !== null && atEnd.current) list.scrollTop = list.scrollHeight
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the caller names what makes the list grow
  }, changes)
  return element
}
