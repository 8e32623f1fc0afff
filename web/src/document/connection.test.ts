import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { afterEach, expect, test, vi } from 'vitest'
import { writeSyncStep2 } from 'y-protocols/sync'
import * as Y from 'yjs'
import { Connection, type ConnectionOptions } from './connection'
import { offlineCopyNamed } from './offlineCopy'
import { AuthType, CloseCode, maxFrameBytes, MessageType, SyncType } from './protocol.gen'
import { readSpace, type Space } from './space'
import { letGo } from './staleCopy'

/** A socket whose other end is the test. */
class Wire extends EventTarget {
  static opened: Wire[] = []
  static readonly OPEN = 1
  readonly OPEN = 1
  binaryType = 'arraybuffer'
  readyState = 0
  onopen: (() => void) | null = null
  onmessage: ((event: { data: ArrayBuffer }) => void) | null = null
  onclose: ((event: { code: number; reason: string }) => void) | null = null
  onerror: (() => void) | null = null
  constructor(readonly url: string) {
    super()
    Wire.opened.push(this)
  }
  open() {
    this.readyState = 1
    this.onopen?.()
  }
  say(frame: Uint8Array) {
    this.onmessage?.({ data: frame.slice().buffer as ArrayBuffer })
  }
  end(code: number) {
    this.readyState = 3
    this.onclose?.({ code, reason: '' })
  }
  readonly sent: Uint8Array[] = []
  send(frame: Uint8Array) {
    this.sent.push(frame)
  }
  close() {}
}

const connections: Connection[] = []
afterEach(() => {
  for (const connection of connections.splice(0)) connection.close()
  Wire.opened = []
  vi.unstubAllGlobals()
})

async function connected(
  doc: Y.Doc,
  keepVersion?: (state: Uint8Array, epoch: number) => Promise<unknown>,
  options: Partial<ConnectionOptions> = {},
) {
  const connection = new Connection(doc, {
    server: 'ws://test',
    path: '/sync/graphs/g',
    WebSocket: Wire as unknown as typeof WebSocket,
    ...(keepVersion && { keepVersion }),
    ...options,
  })
  connections.push(connection)
  await vi.waitFor(() => expect(Wire.opened).toHaveLength(1), { timeout: 5000 })
  const [wire] = Wire.opened
  if (wire === undefined) throw new Error('no socket was opened')
  wire.open()
  return { connection, wire }
}

function told(kind: number, text: string): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, MessageType.AUTH)
  encoding.writeVarUint(encoder, kind)
  encoding.writeVarString(encoder, text)
  return encoding.toUint8Array(encoder)
}

const epochFrame = (epoch: number) => told(AuthType.EPOCH, String(epoch))
const spaceFrame = (level: Space['level']) => told(AuthType.SPACE, JSON.stringify({ level, size: 90, most: 100 }))

function syncFrame(kind: number, payload: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, MessageType.SYNC)
  encoding.writeVarUint(encoder, kind)
  encoding.writeVarUint8Array(encoder, payload)
  return encoding.toUint8Array(encoder)
}

function stateFrame(doc: Y.Doc): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, MessageType.SYNC)
  writeSyncStep2(encoder, doc)
  return encoding.toUint8Array(encoder)
}

test('OPS-3: whoever comes back says which epoch the copy is of', async () => {
  const { wire } = await connected(new Y.Doc())
  expect(wire.url).not.toContain('epoch')
  wire.say(epochFrame(7))
  wire.end(1006)
  await vi.waitFor(() => expect(Wire.opened.at(-1)?.url).toContain('epoch=7'), { timeout: 5000 })
})

test('OPS-4: after a restore what only this browser has is kept, and then it is time to open anew', async () => {
  const kept: [Uint8Array, number][] = []
  const doc = new Y.Doc()
  const { connection, wire } = await connected(doc, async (state, epoch) => kept.push([state, epoch]))
  wire.say(epochFrame(3))
  wire.say(stateFrame(new Y.Doc()))
  doc.getMap('m').set('mine', 1)
  wire.end(CloseCode.EPOCH_CHANGED)

  await vi.waitFor(() => expect(connection.state.kind).toBe('restored'))
  expect(kept.map(([, epoch]) => epoch)).toEqual([3])
  const copy = new Y.Doc()
  for (const [state] of kept) Y.applyUpdate(copy, state)
  expect(copy.getMap('m').get('mine')).toBe(1)
})

test('OPS-4: what the server has stored already needs no copy', async () => {
  const keep = vi.fn()
  const theirs = new Y.Doc()
  theirs.getMap('m').set('k', 1)
  const { connection, wire } = await connected(new Y.Doc(), keep)
  wire.say(stateFrame(theirs))
  wire.end(CloseCode.EPOCH_CHANGED)

  await vi.waitFor(() => expect(connection.state.kind).toBe('restored'))
  expect(keep).not.toHaveBeenCalled()
})

test('OPS-4: a copy that could not be kept stays, and is tried again', async () => {
  let works = false
  const doc = new Y.Doc()
  doc.getMap('m').set('mine', 1)
  const { connection, wire } = await connected(doc, () => (works ? Promise.resolve() : Promise.reject(new Error('away'))))
  wire.end(CloseCode.EPOCH_CHANGED)
  await vi.waitFor(() => expect(connection.state).toMatchObject({ kind: 'refused', sentence: expect.stringContaining('it stays here') }))

  works = true
  connection.retry()
  await vi.waitFor(() => expect(connection.state.kind).toBe('restored'))
})

test('OPS-4: a copy is cleared only after it was kept', async () => {
  const doc = new Y.Doc()
  doc.getMap('m').set('mine', 1)
  const clear = vi.fn(() => Promise.resolve())
  const fails = () => Promise.reject(new Error('away'))
  await expect(letGo(doc, { hasOwnEdits: true, epoch: 1, keepVersion: fails, clear })).rejects.toThrow('away')
  expect(clear).not.toHaveBeenCalled()

  await letGo(doc, { hasOwnEdits: true, epoch: 1, keepVersion: undefined, clear })
  expect(clear).toHaveBeenCalledOnce()
})

test('a decoder reads what the server writes as an epoch', () => {
  const decoder = decoding.createDecoder(epochFrame(12))
  expect([decoding.readVarUint(decoder), decoding.readVarUint(decoder)]).toEqual([MessageType.AUTH, AuthType.EPOCH])
  expect(decoding.readVarString(decoder)).toBe('12')
})

test('WEB-26: edits that wait for room are counted and never called saved, until the server has them', async () => {
  const doc = new Y.Doc()
  const { connection, wire } = await connected(doc)
  wire.say(stateFrame(new Y.Doc()))
  expect(connection.space).toBeUndefined()
  wire.say(spaceFrame('nearly full'))
  expect(connection.space).toEqual({ level: 'nearly full', size: 90, most: 100 })
  expect(connection.state.kind).toBe('saved')

  doc.getMap('m').set('more', 1)
  wire.say(spaceFrame('full'))
  expect(connection.state).toEqual({ kind: 'full', edits: 1 })
  wire.say(spaceFrame('roomy'))
  expect(connection.space).toBeUndefined()
  expect(connection.state).toEqual({ kind: 'saving', edits: 1 })
  wire.say(syncFrame(SyncType.UPDATE, Y.encodeStateAsUpdate(doc)))
  expect(connection.state.kind).toBe('saved')
})

test('WEB-26: what became less is offered again, without what was deleted though undo keeps it', async () => {
  const doc = new Y.Doc()
  const undo = new Y.UndoManager(doc.getMap('m'))
  const { connection, wire } = await connected(doc)
  wire.say(stateFrame(new Y.Doc()))
  doc.getMap('m').set('more', 'x'.repeat(5000))
  wire.say(spaceFrame('full'))
  undo.undo()

  const offers = () => wire.sent.filter(([type, kind]) => type === MessageType.SYNC && kind === SyncType.STEP2)
  const before = offers().length
  await vi.waitFor(() => expect(offers().length).toBe(before + 1), { timeout: 5000 })
  expect(offers().at(-1)?.length).toBeLessThan(100)
  wire.say(syncFrame(SyncType.STEP1, Y.encodeStateVector(doc)))
  wire.say(syncFrame(SyncType.STEP2, Y.encodeStateAsUpdate(doc)))
  expect(connection.state.kind).toBe('saved')
  undo.redo()
  expect(doc.getMap('m').get('more')).toHaveLength(5000)
})

/** IndexedDB as browsers have it that keep nothing: whoever opens a database hears of an error. */
class ForbiddenStorage {
  open() {
    const request: { onerror?: (event: unknown) => void } = {}
    queueMicrotask(() => request.onerror?.({ target: { error: new Error('A mutation operation was attempted') } }))
    return request
  }
}

/** One that opens empty databases, until somebody clears what sites have stored: then each is closed. */
class ClearedStorage {
  private isCleared = false
  readonly added: unknown[] = []
  constructor(
    private readonly updates: unknown[] = [],
    private readonly custom: Readonly<Record<string, unknown>> = {},
  ) {}
  clear() {
    this.isCleared = true
  }
  open() {
    return answered({ transaction: () => this.transaction(), close: () => undefined })
  }
  private transaction() {
    if (this.isCleared) throw new DOMException('The database connection is closing.', 'InvalidStateError')
    const add = (value: unknown) => answered(this.added.push(value))
    const store = { add, put: add, get: (key: string) => answered(this.custom[key]), getAll: () => answered(this.updates), count: () => answered(0), openKeyCursor: () => answered(null) }
    return { objectStore: () => store }
  }
}

function answered(result: unknown) {
  const request: { onsuccess?: (event: unknown) => void } = {}
  queueMicrotask(() => request.onsuccess?.({ target: { result } }))
  return request
}

test('WEB-49: where the browser keeps nothing one is connected all the same, and told that edits are only here', async () => {
  vi.stubGlobal('indexedDB', new ForbiddenStorage())
  const { connection, wire } = await connected(new Y.Doc(), undefined, { offlineCopy: offlineCopyNamed('copy') })
  wire.say(epochFrame(3))
  wire.say(stateFrame(new Y.Doc()))
  expect(connection.state.kind).toBe('saved')
  wire.end(1006)
  expect(connection.state).toEqual({ kind: 'offline', edits: 0, onlyHere: true })
})

test('WEB-49: where the browser stops keeping anything every edit still reaches the server', async () => {
  const storage = new ClearedStorage()
  vi.stubGlobal('indexedDB', storage)
  vi.stubGlobal('IDBKeyRange', { lowerBound: () => undefined })
  const doc = new Y.Doc()
  const { connection, wire } = await connected(doc, undefined, { offlineCopy: offlineCopyNamed('copy') })
  wire.say(stateFrame(new Y.Doc()))
  doc.getMap('m').set('kept', 1)
  const kept = storage.added.length
  expect(kept).toBeGreaterThan(0)
  storage.clear()
  doc.getMap('m').set('first', 1)
  doc.getMap('m').set('second', 1)
  expect(storage.added).toHaveLength(kept)
  expect(connection.state).toEqual({ kind: 'saving', edits: 3 })
  expect(wire.sent.filter(([type, kind]) => type === MessageType.SYNC && kind === SyncType.UPDATE)).toHaveLength(3)
  wire.end(1006)
  expect(connection.state).toEqual({ kind: 'offline', edits: 3, onlyHere: true })
})

test('WEB-23: what a copy from before holds, and somebody may send no more, is counted and not called saved', async () => {
  const [mine, theirs] = [new Y.Doc(), new Y.Doc()]
  theirs.getMap('m').set('shared', 1)
  Y.applyUpdate(mine, Y.encodeStateAsUpdate(theirs))
  mine.getMap('m').set('mine', 1)
  vi.stubGlobal('indexedDB', new ClearedStorage([Y.encodeStateAsUpdate(mine)], { unsent: 1 }))
  vi.stubGlobal('IDBKeyRange', { lowerBound: () => undefined })
  const doc = new Y.Doc()
  const { connection, wire } = await connected(doc, undefined, { offlineCopy: offlineCopyNamed('copy') })
  expect(doc.getMap('m').size).toBe(2)
  wire.say(syncFrame(SyncType.STEP2, Y.encodeStateAsUpdate(theirs, Y.encodeStateVector(doc)))) // and no step 1
  expect(connection.state.kind).toBe('connecting')
  expect(wire.sent.at(-1)).toEqual(syncFrame(SyncType.STEP1, new Uint8Array([0])))
  wire.say(stateFrame(theirs))
  expect(connection.state).toEqual({ kind: 'saving', edits: 1 })
})

test('WEB-50: what the server lacks is sent in frames that it takes, each once it has the one before, and edits go behind them', async () => {
  const doc = new Y.Doc()
  for (let at = 0; at < 30; at++) doc.getMap('m').set(String(at), 'x'.repeat(50_000))
  const server = new Y.Doc()
  const { connection, wire } = await connected(doc)
  wire.say(stateFrame(server))
  wire.sent.length = 0
  wire.say(syncFrame(SyncType.STEP1, Y.encodeStateVector(server)))
  doc.getMap('m').set('after', 1)
  const frames = () => wire.sent.filter(([type]) => type === MessageType.SYNC)
  await expect.poll(() => frames().map((frame) => frame[1])).toEqual([SyncType.STEP2, SyncType.UPDATE])
  wire.sent.shift()

  let taken = 0
  for (; connection.state.kind === 'saving'; taken++) {
    await expect.poll(() => frames().length).toBe(1)
    const [frame = new Uint8Array()] = frames()
    expect(frame.length).toBeLessThan(maxFrameBytes)
    const update = decoding.readVarUint8Array(decoding.createDecoder(frame.slice(2)))
    Y.applyUpdate(server, update)
    expect(server.store.pendingStructs).toBeNull()
    wire.sent.length = 0
    wire.say(syncFrame(SyncType.UPDATE, update))
  }
  expect(taken).toBeGreaterThan(2)
  expect(server.getMap('m').toJSON()).toEqual(doc.getMap('m').toJSON())
  expect(connection.state.kind).toBe('saved')
})

test('ROOM-36: that an edit had to go again is told as a sentence, and one goes on', async () => {
  const sentences: string[] = []
  const doc = new Y.Doc()
  const { connection, wire } = await connected(doc, undefined, { onLeftOut: (sentence) => sentences.push(sentence) })
  wire.say(stateFrame(new Y.Doc()))
  wire.say(told(AuthType.LEFT_OUT, 'It had to go.'))
  expect(sentences).toEqual(['It had to go.'])
  expect(connection.state.kind).toBe('saved')
})

test('what a later server says of space, and this editor does not know, is passed over', () => {
  expect(readSpace('{"level":"bursting","size":1,"most":2}')).toBeUndefined()
  expect(readSpace('7 of 8')).toBeUndefined()
})
