/** What one person has selected in one graph: ids of nodes and edges. View state, told to others by presence.ts. */
import { Listeners } from './listeners'

export class Selection {
  private current: ReadonlySet<string> = new Set()
  private readonly listeners = new Listeners()

  get ids(): ReadonlySet<string> {
    return this.current
  }

  has(id: string): boolean {
    return this.current.has(id)
  }

  set(ids: Iterable<string>): void {
    const next = new Set(ids)
    if (next.size === this.current.size && [...next].every((id) => this.current.has(id))) return
    this.current = next
    this.listeners.call()
  }

  toggle(id: string): void {
    const next = new Set(this.current)
    if (!next.delete(id)) next.add(id)
    this.set(next)
  }

  clear(): void {
    this.set([])
  }

  subscribe = (listener: () => void) => this.listeners.add(listener)
}
