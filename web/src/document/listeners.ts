/** Who wants to know: a set of callbacks, called in the order they came; and the same by key. */
export class Listeners {
  private readonly all = new Set<() => void>()

  add(listener: () => void): () => void {
    this.all.add(listener)
    return () => void this.all.delete(listener)
  }

  call(): void {
    for (const listener of [...this.all]) listener()
  }

  get size(): number {
    return this.all.size
  }
}

export class KeyedListeners {
  private readonly byKey = new Map<string, Listeners>()

  add(key: string, listener: () => void): () => void {
    const found = this.byKey.get(key) ?? new Listeners()
    this.byKey.set(key, found)
    const remove = found.add(listener)
    return () => {
      remove()
      if (found.size === 0 && this.byKey.get(key) === found) this.byKey.delete(key)
    }
  }

  call(keys: Iterable<string>): void {
    for (const key of keys) this.byKey.get(key)?.call()
  }

  callAll(): void {
    for (const listeners of [...this.byKey.values()]) listeners.call()
  }
}
