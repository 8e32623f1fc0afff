/**
 * A document's line to the server: y-websocket for the wire, a copy that outlives a closed tab where there is one
 * (offlineCopy.ts), and one honest word about where the edits are. "Saved" means that the server has sent every edit
 * back, which it does after writing it to disk. What a full graph has no room for waits here, and is offered again when it
 * became less. A close code of 4400-4499 ends the reconnecting for good and says why;
 * only who was closed because of a lesser role asks first whether there is something left to come back for, and 4409 says
 * that the graph was taken back to an earlier state: see staleCopy.ts.
 * Works in Node as in a browser: the client kit (packages/client) is built on it.
 */
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { Awareness, encodeAwarenessUpdate } from 'y-protocols/awareness'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { Acknowledgement } from './acknowledgement'
import { Listeners } from './listeners'
import type { OfflineCopy } from './offlineCopy'
import { AuthType, CloseCode, closeReasons, maxFrameBytes, MessageType, SyncType } from './protocol.gen'
import { Sending, syncFrame } from './sending'
import { readSpace, type Space } from './space'
import { letGo, type StaleCopy } from './staleCopy'

export type ConnectionState =
  | { kind: 'connecting' }
  | { kind: 'saving'; edits: number }
  | { kind: 'saved' }
  /** The graph is as large as it may be: these edits wait here until there is room. */
  | { kind: 'full'; edits: number }
  /** With `onlyHere` nothing of them is kept when the tab is closed: the browser forbids it, or has no room. */
  | { kind: 'offline'; edits: number; onlyHere?: true }
  | { kind: 'refused'; code: number; sentence: string }
  /** The graph was taken back to an earlier state, and what was only here is kept: open it anew. */
  | { kind: 'restored' }

export interface ConnectionOptions {
  /** `ws://host` or `wss://host`. */
  server: string
  /** The door, as protocol.gen.ts spells it. */
  path: string
  /** Opens the copy that is kept here; undefined keeps none. */
  offlineCopy?: (doc: Y.Doc) => OfflineCopy | undefined
  /** Said in the address of the socket, such as a token. */
  params?: Record<string, string>
  /** Keeps this browser's state as a version of the graph, for those who may. */
  keepVersion?: StaleCopy['keepVersion']
  /** Asked when the server says that this is not allowed (any more): whether to connect again. Without it, never. */
  mayReturn?: () => Promise<boolean>
  /** Told the role that the server gave this peer while it was connected. */
  onRole?: (role: string) => void
  /** Told, as a sentence, that something this person edited had to go again. */
  onLeftOut?: (sentence: string) => void
  WebSocket?: typeof WebSocket
}

/** What is said when one's role was lowered, or when the graph is no longer one's own to see. */
const mayHavePassed: ReadonlySet<number> = new Set([CloseCode.NOT_ALLOWED, CloseCode.NO_SUCH_DOCUMENT])
const openCopyWithinMs = 2000
const askAgainAfterMs = 3000
const copyStaysSentence =
  'This graph was taken back to an earlier state. What only this browser has could not be kept as a version yet, so it stays here; it is tried again when the network is back.'

/** What says that the network is back; Node has nobody who does. */
const network = typeof window === 'undefined' ? undefined : window

export class Connection {
  readonly awareness: Awareness
  private readonly provider: WebsocketProvider
  private readonly copy: OfflineCopy | undefined
  private readonly acknowledgement: Acknowledgement
  private readonly sending: Sending
  private readonly listeners = new Listeners()
  private current: ConnectionState = { kind: 'connecting' }
  private refusal: { code: number; sentence: string } | undefined
  private told: Space | undefined
  /** Whether what waits for room may be less than when it was refused. */
  private mayFit = false
  private everSynced = false
  private epoch: number | undefined
  private letGone = false
  /** Whether there may be edits that were never acknowledged, here or, as it says itself, in the copy from before. */
  private mayOwe = false
  private mayOweFromBefore = false
  /** Whom the server asks for nothing may not write, and is told nothing of how far it is: so it is asked for all. */
  private asking: 'nobody asked' | 'asked' | 'asks for all' = 'nobody asked'
  private restored = false
  /** Whether the server let us in since we last knocked; who is turned away at the door does not knock for ever. */
  private wasIn = false
  private closed = false
  private readonly watch: ReturnType<typeof setInterval>

  constructor(
    readonly doc: Y.Doc,
    private readonly options: ConnectionOptions,
  ) {
    this.awareness = new Awareness(doc)
    this.acknowledgement = new Acknowledgement(doc)
    this.provider = new WebsocketProvider(options.server, options.path.replace(/^\//, ''), doc, {
      awareness: this.awareness,
      connect: false,
      disableBc: true,
      ...(options.params && { params: options.params }),
      ...(options.WebSocket && { WebSocketPolyfill: options.WebSocket }),
    })
    this.doc.on('update', this.onUpdate)
    this.sending = new Sending(this.provider, this.acknowledgement)
    this.sendOwnPresenceOnly()
    if (typeof process !== 'undefined') process.off?.('exit', this.provider._exitHandler) // Node warns of more than ten
    this.listenToServer()
    this.copy = options.offlineCopy?.(doc)
    this.watch = setInterval(() => this.askAgain(), askAgainAfterMs)
    void this.start()
  }

  get state(): ConnectionState {
    return this.current
  }

  /** How full the graph is; undefined while there is plenty of room, or nobody to say. */
  get space(): Space | undefined {
    return this.provider.wsconnected && this.told?.level !== 'roomy' ? this.told : undefined
  }

  /** Whether there is something to show: the server's state, or the copy from last time. */
  get loaded(): boolean {
    return this.everSynced || this.doc.store.clients.size > 0
  }

  subscribe = (listener: () => void) => this.listeners.add(listener)

  /** Counts, whenever it is asked, which of the edits made up to now are still not known to be durable. */
  countUnsaved(): () => number {
    return this.acknowledgement.countPending()
  }

  /** Try at once, for instance when the browser says that the network is back. */
  retry = () => {
    if (this.refusal?.code === CloseCode.EPOCH_CHANGED) void this.leaveEpoch()
    else if (this.refusal === undefined && !this.closed && !this.provider.wsconnected) {
      this.provider.disconnect()
      this.provider.connect()
    }
  }

  /** Leave and come back: the server then asks for every edit that it ignored so far. */
  rejoin(): void {
    if (this.closed) return
    this.refusal = undefined
    this.wasIn = false
    this.provider.disconnect()
    this.provider.connect()
    this.refresh()
  }

  /** Drop the copy in this browser: what is no longer one's own to see is not kept. */
  forgetCopy(): void {
    void this.copy?.clearData()
  }

  close(): void {
    this.closed = true
    clearInterval(this.watch)
    network?.removeEventListener('online', this.retry)
    this.doc.off('update', this.onUpdate)
    this.provider.destroy()
    this.awareness.destroy()
    void this.copy?.destroy()
  }

  /** The copy is read before the line is opened, so that what it holds travels as one answer and not as a new edit. */
  private async start(): Promise<void> {
    const isRead = await this.copyRead()
    if (isRead === undefined) this.copy?.giveUp() // What comes later may be of an epoch that is over.
    else await this.readEpoch()
    if (this.closed) return
    network?.addEventListener('online', this.retry)
    this.provider.connect()
    this.refresh()
  }

  private copyRead(): Promise<boolean | undefined> {
    return withinMs(openCopyWithinMs, this.copy?.whenSynced.then(() => true))
  }

  /** The copy of an old epoch says so at the door, or it would be merged into the restored graph. */
  private async readEpoch(): Promise<void> {
    const stored: unknown = await withinMs(openCopyWithinMs, this.copy?.get('epoch'))
    if (typeof stored === 'number' && this.epoch === undefined) this.isOfEpoch(stored)
    this.mayOwe = this.mayOweFromBefore = (await withinMs(openCopyWithinMs, this.copy?.get('unsent'))) === 1
  }

  private isOfEpoch(epoch: number): void {
    this.epoch = epoch
    this.provider.params = { ...this.provider.params, epoch: String(epoch) }
  }

  /** The graph was restored: keep what only this browser has, forget the copy, and say that it is time to open anew. */
  private async leaveEpoch(): Promise<void> {
    if (this.letGone) return
    this.letGone = true
    try {
      await letGo(this.doc, {
        hasOwnEdits: !this.everSynced || this.acknowledgement.unacknowledged > 0,
        epoch: this.epoch ?? 1,
        keepVersion: this.options.keepVersion,
        clear: async () => this.copy?.clearData(),
      })
      this.refusal = undefined
      this.restored = true
    } catch {
      this.letGone = false
      this.refusal = { code: CloseCode.EPOCH_CHANGED, sentence: copyStaysSentence }
    }
    this.refresh()
  }

  /** y-websocket sends every presence it hears back to the server; with many people here that is most of the traffic. */
  private sendOwnPresenceOnly(): void {
    const { provider, awareness } = this
    awareness.off('update', provider._awarenessUpdateHandler)
    const own = this.doc.clientID
    provider._awarenessUpdateHandler = ({ added, updated, removed }: Record<'added' | 'updated' | 'removed', number[]>) => {
      const { ws } = provider
      if (ws === null || ws.readyState !== ws.OPEN || ![...added, ...updated, ...removed].includes(own)) return
      ws.send(presenceFrame(awareness, own))
    }
    awareness.on('update', provider._awarenessUpdateHandler)
  }

  private listenToServer(): void {
    const { provider } = this
    const answer = provider.messageHandlers[MessageType.SYNC]
    provider.messageHandlers[MessageType.SYNC] = (encoder, decoder, ...rest) => {
      if (!this.note(decoding.clone(decoder))) answer?.(encoder, decoder, ...rest)
      this.sending.goOn()
      this.refresh()
    }
    const told = provider.messageHandlers[MessageType.AUTH]
    provider.messageHandlers[MessageType.AUTH] = (encoder, decoder, ...rest) => {
      this.hear(decoding.clone(decoder))
      told?.(encoder, decoder, ...rest)
    }
    provider.on('status', ({ status }: { status: string }) => {
      this.asking = 'nobody asked'
      if (status === 'connected') this.told = undefined // Whoever joins is told anew.
      this.refresh()
    })
    provider.on('sync', (synced: boolean) => {
      this.everSynced ||= synced
      this.wasIn ||= synced
      if (synced && this.mayOweFromBefore && this.asking === 'nobody asked') {
        this.asking = 'asks for all'
        provider.ws?.send(syncFrame(SyncType.STEP1, new Uint8Array([0])))
      }
      this.refresh()
    })
    provider.on('closed', ({ code, reason }) => void this.closedBy(code, reason))
  }

  private async closedBy(code: number, reason: string): Promise<void> {
    if (mayHavePassed.has(code) && (await this.mayReturn()) && this.wasIn) {
      this.rejoin()
      return
    }
    const known: Record<string, string> = closeReasons
    this.refusal = { code, sentence: known[String(code)] ?? (reason || 'The server closed the connection.') }
    this.refresh()
    if (code === CloseCode.EPOCH_CHANGED) void this.leaveEpoch()
  }

  private async mayReturn(): Promise<boolean> {
    try {
      return (await this.options.mayReturn?.()) ?? false
    } catch {
      return false // The server can't be asked either: what it said last stands.
    }
  }

  /** What the server tells this peer alone: its role, and which epoch the document is of, kept for when it comes back. */
  private hear(decoder: decoding.Decoder): void {
    const kind = decoding.readVarUint(decoder)
    if (kind === AuthType.ROLE) this.options.onRole?.(decoding.readVarString(decoder))
    if (kind === AuthType.LEFT_OUT) this.options.onLeftOut?.(decoding.readVarString(decoder))
    if (kind === AuthType.SPACE) this.hasSpace(readSpace(decoding.readVarString(decoder)))
    if (kind !== AuthType.EPOCH) return
    const epoch = Number(decoding.readVarString(decoder))
    if (!Number.isInteger(epoch)) return
    this.isOfEpoch(epoch)
    this.copy?.set('epoch', epoch).catch(() => undefined) // It can't be opened; nothing is kept that would be of an epoch.
  }

  private hasSpace(space: Space | undefined): void {
    this.told = space
    if (space?.level === 'full') this.sending.drop()
    this.mayFit = true
    this.current = this.derive()
    this.listeners.call()
  }

  /** What a frame from the server says about our edits, read before it is applied; true if that is all about it. */
  private note(decoder: decoding.Decoder): boolean {
    const kind = decoding.readVarUint(decoder)
    const payload = decoding.readVarUint8Array(decoder)
    if (kind === SyncType.STEP1) {
      this.asking = 'asked'
      this.acknowledgement.serverState(payload)
      return this.sending.answersLargely(payload)
    } else if (kind === SyncType.STEP2 && this.asking === 'asks for all') {
      this.asking = 'asked'
      this.mayOweFromBefore = false
      this.acknowledgement.receivedWhole(payload)
    } else if (kind === SyncType.STEP2) this.acknowledgement.receivedState(payload)
    else this.acknowledgement.received(payload)
    return false
  }

  private onUpdate = (update: Uint8Array, origin: unknown) => {
    if (origin === this.provider || this.copy?.made(origin)) return
    this.acknowledgement.sent(update)
    this.owes(true)
    this.mayFit = true
    this.refresh()
  }

  /** A deletion that someone else made first is never echoed: ask the server for its state, which tells. */
  private askAgain(): void {
    const { ws } = this.provider
    const { kind } = this.current
    if ((kind !== 'saving' && kind !== 'full') || ws === null || ws.readyState !== ws.OPEN) return
    ws.send(syncFrame(SyncType.STEP1, Y.encodeStateVector(this.doc)))
    if (kind !== 'full' || !this.mayFit) return
    this.mayFit = false
    const offer = syncFrame(SyncType.STEP2, withoutDeleted(this.doc, this.acknowledgement.durable))
    if (offer.length <= maxFrameBytes) ws.send(offer)
  }

  /** Whether there should be a copy here, and is none. */
  private get keepsNothing(): boolean {
    return this.options.offlineCopy !== undefined && (this.copy?.isLost ?? true)
  }

  private refresh(): void {
    const next = this.derive()
    if (JSON.stringify(next) === JSON.stringify(this.current)) return
    this.current = next
    if (next.kind === 'saved') this.owes(false)
    this.listeners.call()
  }

  /** Noted beside the copy, for whoever opens it next. */
  private owes(mayOwe: boolean): void {
    if (this.mayOwe === mayOwe) return
    this.mayOwe = mayOwe
    this.copy?.set('unsent', Number(mayOwe)).catch(() => undefined)
  }

  private derive(): ConnectionState {
    if (this.restored) return { kind: 'restored' }
    if (this.refusal !== undefined) return { kind: 'refused', ...this.refusal }
    const edits = this.acknowledgement.unacknowledged
    if (!this.provider.wsconnected && (this.everSynced || this.provider.wsUnsuccessfulReconnects > 0)) {
      return { kind: 'offline', edits, ...(this.keepsNothing && { onlyHere: true }) }
    }
    if (!this.provider.synced || this.asking === 'asks for all') return { kind: 'connecting' }
    if (edits === 0) return { kind: 'saved' }
    return { kind: this.space?.level === 'full' ? 'full' : 'saving', edits }
  }
}

/** What a promise gives, or undefined when it fails or takes too long: a copy that doesn't open holds nobody up. */
function withinMs<Value>(ms: number, promise: Promise<Value> | undefined): Promise<Value | undefined> {
  const given = Promise.resolve(promise).catch(() => undefined)
  return Promise.race([given, new Promise<undefined>((resolve) => setTimeout(resolve, ms))])
}

function presenceFrame(awareness: Awareness, client: number): Uint8Array<ArrayBuffer> {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, MessageType.AWARENESS)
  encoding.writeVarUint8Array(encoder, encodeAwarenessUpdate(awareness, [client]))
  return encoding.toUint8Array(encoder)
}

/** What someone lacks who has that much; a copy forgets what was deleted, which the document itself keeps for undo. */
function withoutDeleted(doc: Y.Doc, has: Map<number, number>): Uint8Array {
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc))
  const lacking = Y.encodeStateAsUpdate(copy, Y.encodeStateVector(has))
  copy.destroy()
  return lacking
}
