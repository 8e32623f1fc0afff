/** The containers that something would go into if it were dropped now: one's own drag and those of the others. */
import { createContext, useContext, useSyncExternalStore } from 'react'
import { Listeners } from '@/document/listeners'
import type { Scene } from './scene'

/** Who would drop something here: oneself, or another in a colour. */
export type Dropper = 'self' | `#${string}`

export class DropTargets {
  /** The container under one's own drag. */
  own: string | undefined
  private others: ReadonlyMap<string, Dropper> = new Map()
  private readonly listeners = new Listeners()

  /** What one's own drag is over; undefined when none goes on, or when it is over no container. */
  setOwn(id: string | undefined): void {
    if (id === this.own) return
    this.own = id
    this.listeners.call()
  }

  setOthers(others: ReadonlyMap<string, Dropper>): void {
    if (others.size === this.others.size && [...others].every(([id, who]) => this.others.get(id) === who)) return
    this.others = others
    this.listeners.call()
  }

  at(id: string): Dropper | undefined {
    return id === this.own ? 'self' : this.others.get(id)
  }

  subscribe = (listener: () => void) => this.listeners.add(listener)
}

export const DropTargetsContext = createContext(new DropTargets())

export function useDropper(id: string): Dropper | undefined {
  const targets = useContext(DropTargetsContext)
  return useSyncExternalStore(targets.subscribe, () => targets.at(id))
}

/** The innermost container at a place in canvas units that is neither dragged itself nor inside something dragged. */
export function containerAt(scene: Scene, [x, y]: readonly [number, number], dragged: ReadonlySet<string>): string | undefined {
  const isDragged = (id: string | null): boolean =>
    id !== null && (dragged.has(id) || isDragged(scene.nodes.get(id)?.node.parent ?? null))
  const hits = [...scene.nodes.values()].filter(
    ({ type, box }) =>
      type?.container === true && x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height,
  )
  return hits.filter(({ node }) => !isDragged(node.id)).sort((a, b) => b.depth - a.depth)[0]?.node.id
}
