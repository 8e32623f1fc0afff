/**
 * A large update in portions that fit into frames, each of which builds only on those before it: whoever takes them one
 * after the other is never asked to keep what has no place yet. What was one gesture arrives as several.
 */
import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'

export interface Portion {
  update: Uint8Array
  /** Per client: the clock up to which it goes. */
  ends: ReadonlyMap<number, number>
}

type Struct = ReturnType<typeof Y.decodeUpdate>['structs'][number]

/** How many ranges of deleted clocks go into one portion; each has 12 bytes at most. */
const mostRanges = 2 ** 14

/** Cut an update into portions of about so many bytes. A value that has more by itself, and is no text, stays whole. */
export function portionsOf(update: Uint8Array, bytes: number): Portion[] {
  const { structs, ds } = Y.decodeUpdate(update)
  const portions: Portion[] = []
  let portion = new Sections()
  for (const struct of inCausalOrder(structs)) {
    for (const part of partsOf(struct, bytes)) {
      if (portion.size >= bytes) {
        portions.push(portion.written())
        portion = new Sections()
      }
      portion.add(part)
    }
  }
  portions.push(portion.written())
  const deleted = [...ds.clients].flatMap(([client, ranges]) => ranges.map(({ clock, len }) => [client, clock, len] as const))
  for (let at = 0; at < deleted.length; at += mostRanges) {
    portions.push({ update: deletion(deleted.slice(at, at + mostRanges)), ends: new Map() })
  }
  return portions.filter(({ update, ends }) => ends.size > 0 || update.length > 2)
}

/** The blocks of one portion as they are written, by client. */
class Sections {
  private readonly clients = new Map<number, { clock: number; end: number; count: number; encoder: Y.UpdateEncoderV1 }>()
  size = 0

  add(struct: Struct): void {
    const { client, clock } = struct.id
    const section = this.clients.get(client) ?? { clock, end: clock, count: 0, encoder: new Y.UpdateEncoderV1() }
    this.clients.set(client, section)
    this.size -= encoding.length(section.encoder.restEncoder)
    struct.write(section.encoder, 0)
    this.size += encoding.length(section.encoder.restEncoder)
    section.count++
    section.end = clock + struct.length
  }

  written(): Portion {
    const encoder = encoding.createEncoder()
    encoding.writeVarUint(encoder, this.clients.size)
    for (const [client, { clock, count, encoder: blocks }] of this.clients) {
      encoding.writeVarUint(encoder, count)
      encoding.writeVarUint(encoder, client)
      encoding.writeVarUint(encoder, clock)
      encoding.writeUint8Array(encoder, encoding.toUint8Array(blocks.restEncoder))
    }
    encoding.writeVarUint(encoder, 0) // Nothing is deleted in it.
    const ends = new Map([...this.clients].map(([client, { end }]) => [client, end]))
    return { update: encoding.toUint8Array(encoder), ends }
  }
}

/** An update that only deletes; the ranges of a client stand together. */
function deletion(ranges: readonly (readonly [client: number, clock: number, length: number])[]): Uint8Array {
  const clients = new Map<number, (readonly [number, number])[]>()
  for (const [client, clock, length] of ranges) clients.set(client, [...(clients.get(client) ?? []), [clock, length]])
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, 0)
  encoding.writeVarUint(encoder, clients.size)
  for (const [client, ofClient] of clients) {
    encoding.writeVarUint(encoder, client)
    encoding.writeVarUint(encoder, ofClient.length)
    for (const [clock, length] of ofClient) {
      encoding.writeVarUint(encoder, clock)
      encoding.writeVarUint(encoder, length)
    }
  }
  return encoding.toUint8Array(encoder)
}

/** Each block after those that it names: its neighbours, and what it lies in. */
function* inCausalOrder(structs: readonly Struct[]): Generator<Struct> {
  const lines = new Map<number, Struct[]>()
  for (const struct of structs) {
    if (struct instanceof Y.Skip) continue
    const line = lines.get(struct.id.client)
    if (line) line.push(struct)
    else lines.set(struct.id.client, [struct])
  }
  const clocks = new Map([...lines].map(([client, [first]]) => [client, first?.id.clock ?? 0]))
  const isThere = (id: unknown) => !(id instanceof Y.ID) || id.clock < (clocks.get(id.client) ?? Infinity)
  const places = new Map([...lines.keys()].map((client) => [client, 0]))
  for (let before = -1, given = 0; before !== given; ) {
    before = given
    for (const [client, line] of lines) {
      let at = places.get(client) ?? 0
      for (let struct = line[at]; struct !== undefined; struct = line[++at]) {
        if (struct instanceof Y.Item && ![struct.origin, struct.rightOrigin, struct.parent].every(isThere)) break
        yield struct
        given++
        clocks.set(client, struct.id.clock + struct.length)
      }
      places.set(client, at)
    }
  }
}

/** A long text as several blocks, none of which begins or ends in the middle of a character. */
function* partsOf(struct: Struct, bytes: number): Generator<Struct> {
  if (!(struct instanceof Y.Item) || !(struct.content instanceof Y.ContentString) || struct.length * 3 <= bytes) {
    yield struct
    return
  }
  const { id, parent, parentSub, rightOrigin } = struct
  const text = struct.content.str
  const most = Math.max(2, Math.floor(bytes / 3))
  for (let from = 0; from < text.length; ) {
    let to = Math.min(text.length, from + most)
    if (to < text.length && /[\uD800-\uDBFF]/.test(text.charAt(to - 1))) to--
    const origin = from === 0 ? struct.origin : Y.createID(id.client, id.clock + from - 1)
    const content = new Y.ContentString(text.slice(from, to))
    yield new Y.Item(Y.createID(id.client, id.clock + from), null, origin, null, rightOrigin, parent, parentSub, content)
    from = to
  }
}
