/** What is wrong with an open graph, checked again a moment after it changed: a hundred moves cost one check. */
import { check, type Problem } from './checks'
import { Listeners } from './listeners'
import type { NodeType } from './schema.gen'
import type { GraphStore } from './store'

const restMs = 200

export class Problems {
  private found: readonly Problem[] = []
  private byId = new Map<string, Problem>()
  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly listeners = new Listeners()
  private readonly stop: () => void

  constructor(
    private readonly store: GraphStore,
    private readonly types: ReadonlyMap<string, NodeType>,
  ) {
    this.stop = store.subscribe(() => this.soon())
    this.soon()
  }

  get all(): readonly Problem[] {
    return this.found
  }

  of(id: string): Problem | undefined {
    return this.byId.get(id)
  }

  subscribe = (listener: () => void) => this.listeners.add(listener)

  /** Check now. A problem that stays the same stays the same object. */
  refresh(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    const before = new Map(this.found.map((problem) => [JSON.stringify(problem), problem]))
    const found = check(this.store, this.store.meta, this.types).map((each) => before.get(JSON.stringify(each)) ?? each)
    if (found.length === this.found.length && found.every((each, at) => each === this.found[at])) return
    this.found = found
    this.byId = new Map()
    for (const problem of [...found].reverse()) {
      for (const id of [problem.node, problem.edge]) if (id !== null) this.byId.set(id, problem)
    }
    this.listeners.call()
  }

  close(): void {
    clearTimeout(this.timer)
    this.stop()
  }

  private soon(): void {
    this.timer ??= setTimeout(() => this.refresh(), restMs)
  }
}
