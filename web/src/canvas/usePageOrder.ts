import { useStoreApi } from '@xyflow/react'
import { useEffect, useEffectEvent } from 'react'
import { arrange } from './arrange'
import { inReadingOrder } from './readingOrder'
import type { Scene } from './scene'

const calmAfterMs = 1000

/**
 * The cards come in the page as one reads the picture: for Tab as it is pressed, for screen readers once nothing has
 * moved for a while. React and xyflow draw in any order, so they need not know, and no card is drawn anew.
 */
export function usePageOrder(scene: Scene, isDragging: boolean): void {
  const flow = useStoreApi()
  const order = useEffectEvent(() => {
    const cards = flow.getState().domNode?.querySelectorAll<HTMLElement>('.react-flow__node') ?? []
    const byId = new Map([...cards].map((card) => [card.dataset['id'], card]))
    if (!isDragging) arrange(inReadingOrder(scene).flatMap(({ node }) => byId.get(node.id) ?? []))
  })
  useEffect(() => {
    const onKeyDown = ({ key }: KeyboardEvent) => {
      if (key === 'Tab') order()
    }
    window.addEventListener('keydown', onKeyDown, true)
    return () => window.removeEventListener('keydown', onKeyDown, true)
  }, [])
  useEffect(() => {
    const timer = setTimeout(order, calmAfterMs)
    return () => clearTimeout(timer)
  }, [scene])
}
