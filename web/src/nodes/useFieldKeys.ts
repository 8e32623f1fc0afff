/**
 * Keys in a field that stands in a card. What is typed stays there; what goes with Ctrl or Command belongs to the page, as
 * in any other field, and Escape leads from the field to its card.
 */
import type { KeyboardEvent } from 'react'

import { useGraph } from '@/document/hooks'

type Field = HTMLInputElement | HTMLTextAreaElement

export function useFieldKeys(id: string): (event: KeyboardEvent) => void {
  const { camera } = useGraph()
  return (event) => {
    if (!event.ctrlKey && !event.metaKey) event.stopPropagation()
    if (event.key === 'Escape' && !event.nativeEvent.isComposing && isField(event.target) && !isClearing(event.target)) {
      event.target.blur()
      camera.focus(id)
    }
  }
}

const isField = (target: EventTarget): target is Field =>
  target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement

/** The first Escape empties a search, which the browser does. */
const isClearing = (field: Field) => field.type === 'search' && field.value !== ''
