/**
 * Which of one's own edits the server has on disk. The server sends every update back to its author after the commit,
 * perhaps merged with others; so an edit is durable once updates from the server cover its blocks and its deletions.
 * Deletions may be covered by someone else's update too: two people deleting one thing leave the second nothing to
 * say. Pure: knows updates, not sockets.
 */
import * as Y from 'yjs'

type Ranges = Map<number, [start: number, end: number][]>

interface Edit {
  /** Per client: the clock that must be reached. */
  blocks: Map<number, number>
  deletes: Ranges
}

export class Acknowledgement {
  private pending: Edit[] = []
  private readonly reached = new Map<number, number>()

  constructor(private readonly doc: Y.Doc) {}

  /** How many edits are not known to be durable. */
  get unacknowledged(): number {
    return this.pending.length
  }

  /** How far the server is, of what is here; what others made came from there. */
  get durable(): Map<number, number> {
    const waiting = new Set(this.pending.flatMap((edit) => [...edit.blocks.keys()]))
    const here = Y.decodeStateVector(Y.encodeStateVector(this.doc))
    return new Map([...here].map(([client, clock]) => [client, waiting.has(client) ? (this.reached.get(client) ?? 0) : clock]))
  }

  /** Counts, whenever it is asked, which of the edits that are pending now still are. */
  countPending(): () => number {
    const now = [...this.pending]
    return () => now.filter((edit) => this.pending.includes(edit)).length
  }

  /** Whether the server has the blocks of these clients up to these clocks. */
  covers(ends: ReadonlyMap<number, number>): boolean {
    return [...ends].every(([client, clock]) => (this.reached.get(client) ?? 0) >= clock)
  }

  /** An update made here, on its way to the server. */
  sent(update: Uint8Array): void {
    const { blocks, deletes } = read(update)
    this.pending.push({ blocks: new Map([...blocks].map(([client, [, end]]) => [client, end])), deletes })
    this.settle(new Map())
  }

  /** The server said how far it is (sync step 1). What goes beyond it here is not yet durable. */
  serverState(vector: Uint8Array): void {
    const known = Y.decodeStateVector(vector)
    const tracked = new Set(this.pending.flatMap((edit) => [...edit.blocks.keys()]))
    const blocks = new Map<number, number>()
    for (const [client, clock] of Y.decodeStateVector(Y.encodeStateVector(this.doc))) {
      if (clock > (known.get(client) ?? 0) && !tracked.has(client)) blocks.set(client, clock)
    }
    if (blocks.size > 0) this.pending.push({ blocks, deletes: new Map() })
    for (const [client, clock] of known) this.reach(client, clock)
    this.settle(new Map())
  }

  /** An update came from the server: its blocks and deletions are on disk. */
  received(update: Uint8Array): void {
    if (this.pending.length === 0) return
    const { blocks, deletes } = read(update)
    for (const [client, [, end]] of blocks) this.reach(client, end)
    this.settle(deletes)
  }

  /** The server's whole state (its answer, sync step 2): deletions made here that it lacks are not yet durable. */
  receivedState(update: Uint8Array): void {
    this.received(update)
    const counted = this.pending.map((edit) => edit.deletes)
    const missing = [read(update).deletes, ...counted].reduce(subtract, deletesOf(this.doc))
    if (missing.size > 0) this.pending.push({ blocks: new Map(), deletes: missing })
  }

  /** All that the server has, for whoever it doesn't ask: what is here beyond that is not yet durable. */
  receivedWhole(update: Uint8Array): void {
    this.serverState(Y.encodeStateVectorFromUpdate(update))
    this.receivedState(update)
  }

  private reach(client: number, clock: number): void {
    if (clock > (this.reached.get(client) ?? 0)) this.reached.set(client, clock)
  }

  private settle(deletes: Ranges): void {
    this.pending = this.pending.filter((edit) => {
      for (const [client, clock] of edit.blocks) {
        if ((this.reached.get(client) ?? 0) >= clock) edit.blocks.delete(client)
      }
      if (edit.deletes.size > 0 && deletes.size > 0) edit.deletes = subtract(edit.deletes, deletes)
      return edit.blocks.size > 0 || edit.deletes.size > 0
    })
  }
}

function read(update: Uint8Array): { blocks: Map<number, [number, number]>; deletes: Ranges } {
  const { structs, ds } = Y.decodeUpdate(update)
  const blocks = new Map<number, [number, number]>()
  for (const { id, length } of structs) {
    const [start, end] = blocks.get(id.client) ?? [Infinity, 0]
    blocks.set(id.client, [Math.min(start, id.clock), Math.max(end, id.clock + length)])
  }
  return { blocks, deletes: rangesOf(ds.clients) }
}

function deletesOf(doc: Y.Doc): Ranges {
  return rangesOf(Y.createDeleteSetFromStructStore(doc.store).clients)
}

function rangesOf(clients: Map<number, { clock: number; len: number }[]>): Ranges {
  return new Map(
    [...clients].map(([client, items]) => [client, items.map(({ clock, len }) => [clock, clock + len] as [number, number])]),
  )
}

function subtract(from: Ranges, what: Ranges): Ranges {
  const left: Ranges = new Map()
  for (const [client, ranges] of from) {
    const cuts = inOrder(what.get(client) ?? [])
    let past = 0
    const rest = inOrder(ranges).flatMap((range) => {
      // What ends before this range does so before all that follow.
      while ((cuts[past]?.[1] ?? Infinity) <= range[0]) past++
      return without(range, cuts, past)
    })
    if (rest.length > 0) left.set(client, rest)
  }
  return left
}

const inOrder = (ranges: readonly [number, number][]) => [...ranges].sort((a, b) => a[0] - b[0])

/** What the cuts leave of a range, from the one at `first` on. */
function without([start, end]: [number, number], cuts: readonly [number, number][], first: number): [number, number][] {
  const rest: [number, number][] = []
  let at = start
  for (let next = cuts[first]; next !== undefined && next[0] < end; next = cuts[++first]) {
    const [from, to] = next
    if (from > at) rest.push([at, from])
    at = Math.max(at, to)
  }
  if (at < end) rest.push([at, end])
  return rest
}
