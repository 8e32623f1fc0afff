/** The laid-out graph for whoever draws it: built once per state of the document and the measured sizes. */
import { createContext, useContext, useMemo, useSyncExternalStore } from 'react'
import { useEdges, useGraph, useNodes } from '@/document/hooks'
import { Listeners } from '@/document/listeners'
import type { Size } from './geometry'
import { layOut, type Scene } from './scene'

/** Sizes of cards as the browser measured them: view state of one canvas. */
export class CardSizes {
  private current: ReadonlyMap<string, Size> = new Map()
  private readonly listeners = new Listeners()

  get all(): ReadonlyMap<string, Size> {
    return this.current
  }

  set(measured: ReadonlyMap<string, Size>): void {
    this.current = new Map([...this.current, ...measured])
    this.listeners.call()
  }

  subscribe = (listener: () => void) => this.listeners.add(listener)
}

export const CardSizesContext = createContext(new CardSizes())

export function useScene(): Scene {
  const { types } = useGraph()
  const nodes = useNodes()
  const edges = useEdges()
  const sizes = useContext(CardSizesContext)
  const measured = useSyncExternalStore(sizes.subscribe, () => sizes.all)
  return useMemo(() => layOut(nodes, edges, types, measured), [nodes, edges, types, measured])
}
