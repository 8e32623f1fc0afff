/** What comes, as an async iterator: `for await (const item of feed)`. What nobody has taken yet waits its turn. */
type Taker<Item> = { resolve: (result: IteratorResult<Item, undefined>) => void; reject: (error: unknown) => void }

export class Feed<Item> implements AsyncIterableIterator<Item, undefined> {
  private readonly waiting: Item[] = []
  private readonly takers: Taker<Item>[] = []
  private readonly stops: (() => void)[] = []
  private ended = false
  private error: unknown

  /** Calls `stop` once, when no more is wanted or to come; at once where that is so already. */
  onEnd(stop: () => void): void {
    if (this.ended) stop()
    else this.stops.push(stop)
  }

  put(item: Item): void {
    if (this.ended) return
    const taker = this.takers.shift()
    if (taker) taker.resolve({ done: false, value: item })
    else this.waiting.push(item)
  }

  /** No more will come; with an error, whoever takes past the last item gets it thrown. */
  end(error?: unknown): void {
    if (this.ended) return
    this.ended = true
    this.error = error
    for (const stop of this.stops.splice(0)) stop()
    for (const taker of this.takers.splice(0)) settle(taker, error)
  }

  /** All that waits just now, without waiting for more. */
  drain(): Item[] {
    return this.waiting.splice(0)
  }

  next(): Promise<IteratorResult<Item, undefined>> {
    return new Promise((resolve, reject) => {
      const item = this.waiting.shift()
      if (item !== undefined) resolve({ done: false, value: item })
      else if (this.ended) settle({ resolve, reject }, this.error)
      else this.takers.push({ resolve, reject })
    })
  }

  /** Called when a `for await` is left. */
  return(): Promise<IteratorResult<Item, undefined>> {
    this.waiting.length = 0
    this.end()
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}

function settle<Item>({ resolve, reject }: Taker<Item>, error: unknown): void {
  if (error === undefined) resolve({ done: true, value: undefined })
  else reject(error)
}
