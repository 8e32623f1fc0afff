/** The laid-out graph for whoever draws it: built once per state of the document and the measured sizes. */
import { createContext, useContext, useMemo, useSyncExternalStore } from 'react'
import { useGraph } from '@/document/hooks'
import { Listeners } from '@/document/listeners'
import type { OpenGraph } from '@/document/openGraph'
import type { Edge, Node } from '@/document/schema.gen'
import type { Size } from './geometry'
import { areLaidOutAlike, layOut, type MeasuredSizes, type Scene } from './scene'

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

/** The scene of a graph as it is now; the same one as long as nothing that is laid out has changed. */
class CurrentScene {
  private nodes: readonly Node[] = []
  private edges: readonly Edge[] = []
  private measured: MeasuredSizes = new Map()
  private laid: Scene | undefined

  constructor(
    private readonly graph: OpenGraph,
    private readonly sizes: CardSizes,
  ) {}

  readonly get = (): Scene => {
    const { store, types } = this.graph
    const [{ nodes, edges }, measured] = [store, this.sizes.all]
    const isSame = this.edges === edges && this.measured === measured && areLaidOutAlike(this.nodes, nodes, types)
    ;[this.nodes, this.edges, this.measured] = [nodes, edges, measured]
    if (this.laid === undefined || !isSame) this.laid = layOut(nodes, edges, types, measured)
    return this.laid
  }

  readonly subscribe = (listener: () => void) => {
    const stops = [this.graph.store.subscribe(listener), this.sizes.subscribe(listener)]
    return () => {
      for (const stop of stops) stop()
    }
  }
}

/** Nothing is drawn anew when it changes, such as by each key that is typed into a prompt, but the card of the node itself. */
export function useScene(): Scene {
  const graph = useGraph()
  const sizes = useContext(CardSizesContext)
  const scene = useMemo(() => new CurrentScene(graph, sizes), [graph, sizes])
  return useSyncExternalStore(scene.subscribe, scene.get)
}
