import { useEffect, useEffectEvent } from 'react'

/** While something goes on under the pointer, Escape gives that up and nothing else. */
export function useEscape(goesOn: boolean, giveUp: () => void): void {
  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    if (event.key !== 'Escape') return
    event.stopPropagation()
    giveUp()
  })
  useEffect(() => {
    if (!goesOn) return
    const listen = (event: KeyboardEvent) => onKeyDown(event)
    // Before any shortcut hears of it.
    window.addEventListener('keydown', listen, true)
    return () => window.removeEventListener('keydown', listen, true)
  }, [goesOn])
}
