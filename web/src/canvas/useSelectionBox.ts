import { useStore, useStoreApi } from '@xyflow/react'
import { type PointerEvent, useRef } from 'react'
import { useGraph } from '@/document/hooks'
import { useEscape } from './useEscape'

/** The box that xyflow draws around what is selected: Escape gives it up, and selected is what was. */
export function useSelectionBox() {
  const { selection } = useGraph()
  const flow = useStoreApi()
  const before = useRef({ ids: selection.ids, pointer: 0 })
  const givenUp = useRef(false)
  const isDrawn = useStore((state) => state.userSelectionActive)
  useEscape(isDrawn, () => {
    givenUp.current = true
    const pane = flow.getState().domNode?.querySelector('.react-flow__pane')
    // xyflow moves the view as long as the pointer is at its edge; it then lets go of the pointer, whose button is still down.
    pane?.dispatchEvent(new PointerEvent('pointercancel', { pointerId: before.current.pointer, bubbles: true }))
    pane?.setPointerCapture(before.current.pointer)
    flow.setState({ userSelectionActive: false, userSelectionRect: null })
    selection.set(before.current.ids)
  })
  const press = ({ pointerId }: PointerEvent) => {
    before.current = { ids: selection.ids, pointer: pointerId }
    givenUp.current = false
  }
  /** xyflow would now lay a handle over what is selected. */
  const release = () => {
    if (givenUp.current) flow.setState({ nodesSelectionActive: false })
  }
  return { press, release }
}
