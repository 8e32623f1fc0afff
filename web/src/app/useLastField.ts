import { useEffect, useState } from 'react'
import { isTyping } from '@/commands/keys'

/**
 * Whether the field in which one typed as the session ended still has the keyboard: what one goes on typing belongs there,
 * and is kept with the graph in this browser. In a dialog, which keeps the keyboard for itself, nothing is held.
 */
export function useLastField(isOut: boolean): boolean {
  const [wasOut, setWasOut] = useState(isOut)
  const [field, setField] = useState<Element | null>(null)
  if (isOut !== wasOut) {
    setWasOut(isOut)
    setField(isOut ? typedIn() : null)
  }
  useEffect(() => {
    // A window that is left for another keeps its field.
    const onBlur = () => setTimeout(() => document.activeElement !== field && setField(null))
    field?.addEventListener('blur', onBlur)
    return () => field?.removeEventListener('blur', onBlur)
  }, [field])
  return isOut && field !== null
}

function typedIn(): Element | null {
  const { activeElement } = document
  return isTyping(activeElement) && activeElement?.closest('[data-dialog], [cmdk-dialog]') === null ? activeElement : null
}
