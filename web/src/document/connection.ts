/**
 * A graph's line to the server: y-websocket for the wire, IndexedDB for the copy that outlives a closed tab, and one
 * honest word about where the edits are. "Saved" means that the server has sent every edit back, which it does after
 * writing it to disk. A close code of 4400-4499 ends the reconnecting for good and says why; only who was closed because
 * of a lesser role asks first whether there is something left to come back for.
 */
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { IndexeddbPersistence } from 'y-indexeddb'
import { Awareness, encodeAwarenessUpdate } from 'y-protocols/awareness'
import { writeSyncStep1 } from 'y-protocols/sync'
import { WebsocketProvider } from 'y-websocket'
import type * as Y from 'yjs'
import { Acknowledgement } from './acknowledgement'
import { Listeners } from './listeners'
import { AuthType, CloseCode, closeReasons, MessageType, SyncType } from './protocol.gen'

export type ConnectionState =
  | { kind: 'connecting' }
  | { kind: 'saving'; edits: number }
  | { kind: 'saved' }
  | { kind: 'offline'; edits: number }
  | { kind: 'refused'; code: number; sentence: string }

export interface ConnectionOptions {
  /** `ws://host` or `wss://host`. */
  server: string
  /** The door, as protocol.gen.ts spells it. */
  path: string
  /** The name of the copy in this browser; undefined keeps none. */
  offlineCopy?: string
  /** Asked when the server says that this is not allowed (any more): whether to connect again. Without it, never. */
  mayReturn?: () => Promise<boolean>
  /** Told the role that the server gave this peer while it was connected. */
  onRole?: (role: string) => void
  WebSocket?: typeof WebSocket
}

/** What is said when one's role was lowered, or when the graph is no longer one's own to see. */
const mayHavePassed: ReadonlySet<number> = new Set([CloseCode.NOT_ALLOWED, CloseCode.NO_SUCH_DOCUMENT])
const openCopyWithinMs = 2000
const askAgainAfterMs = 3000

export class Connection {
  readonly awareness: Awareness
  private readonly provider: WebsocketProvider
  private readonly copy: IndexeddbPersistence | undefined
  private readonly acknowledgement: Acknowledgement
  private readonly listeners = new Listeners()
  private current: ConnectionState = { kind: 'connecting' }
  private refusal: { code: number; sentence: string } | undefined
  private everSynced = false
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
      ...(options.WebSocket && { WebSocketPolyfill: options.WebSocket }),
    })
    this.sendOwnPresenceOnly()
    this.listenToServer()
    this.doc.on('update', this.onUpdate)
    this.copy = options.offlineCopy ? openCopy(options.offlineCopy, doc) : undefined
    this.watch = setInterval(() => this.askAgain(), askAgainAfterMs)
    void this.start()
  }

  get state(): ConnectionState {
    return this.current
  }

  /** Whether there is something to show: the server's state, or the copy from last time. */
  get loaded(): boolean {
    return this.everSynced || this.doc.store.clients.size > 0
  }

  subscribe = (listener: () => void) => this.listeners.add(listener)

  /** Try at once, for instance when the browser says that the network is back. */
  retry = () => {
    if (this.refusal === undefined && !this.closed && !this.provider.wsconnected) {
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
    window.removeEventListener('online', this.retry)
    this.doc.off('update', this.onUpdate)
    this.provider.destroy()
    this.awareness.destroy()
    void this.copy?.destroy()
  }

  /** The copy is read before the line is opened, so that what it holds travels as one answer and not as a new edit. */
  private async start(): Promise<void> {
    await this.copyRead()
    if (this.closed) return
    window.addEventListener('online', this.retry)
    this.provider.connect()
    this.refresh()
  }

  private copyRead(): Promise<unknown> {
    if (this.copy === undefined) return Promise.resolve()
    return Promise.race([this.copy.whenSynced, new Promise((resolve) => setTimeout(resolve, openCopyWithinMs))])
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
      this.note(decoding.clone(decoder))
      answer?.(encoder, decoder, ...rest)
      this.refresh()
    }
    provider.on('status', () => this.refresh())
    provider.on('sync', (synced: boolean) => {
      this.everSynced ||= synced
      this.wasIn ||= synced
      this.refresh()
    })
    provider.messageHandlers[MessageType.AUTH] = (_encoder, decoder) => {
      const kind = decoding.readVarUint(decoder)
      if (kind === AuthType.ROLE) this.options.onRole?.(decoding.readVarString(decoder))
    }
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
  }

  private async mayReturn(): Promise<boolean> {
    try {
      return (await this.options.mayReturn?.()) ?? false
    } catch {
      return false // The server can't be asked either: what it said last stands.
    }
  }

  /** What a frame from the server says about our edits, read before it is applied. */
  private note(decoder: decoding.Decoder): void {
    const kind = decoding.readVarUint(decoder)
    const payload = decoding.readVarUint8Array(decoder)
    if (kind === SyncType.STEP1) this.acknowledgement.serverState(payload)
    else if (kind === SyncType.STEP2) this.acknowledgement.receivedState(payload)
    else this.acknowledgement.received(payload)
  }

  private onUpdate = (update: Uint8Array, origin: unknown) => {
    if (origin === this.provider || origin === this.copy) return
    this.acknowledgement.sent(update)
    this.refresh()
  }

  /** A deletion that someone else made first is never echoed: ask the server for its state, which tells. */
  private askAgain(): void {
    const { ws } = this.provider
    if (this.current.kind !== 'saving' || ws === null || ws.readyState !== ws.OPEN) return
    ws.send(stepOne(this.doc))
  }

  private refresh(): void {
    const next = this.derive()
    if (JSON.stringify(next) === JSON.stringify(this.current)) return
    this.current = next
    this.listeners.call()
  }

  private derive(): ConnectionState {
    if (this.refusal !== undefined) return { kind: 'refused', ...this.refusal }
    const edits = this.acknowledgement.unacknowledged
    if (!this.provider.wsconnected && (this.everSynced || this.provider.wsUnsuccessfulReconnects > 0)) {
      return { kind: 'offline', edits }
    }
    if (!this.provider.synced) return { kind: 'connecting' }
    return edits === 0 ? { kind: 'saved' } : { kind: 'saving', edits }
  }
}

function openCopy(name: string, doc: Y.Doc): IndexeddbPersistence | undefined {
  return typeof indexedDB === 'undefined' ? undefined : new IndexeddbPersistence(name, doc)
}

function presenceFrame(awareness: Awareness, client: number): Uint8Array<ArrayBuffer> {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, MessageType.AWARENESS)
  encoding.writeVarUint8Array(encoder, encodeAwarenessUpdate(awareness, [client]))
  return encoding.toUint8Array(encoder)
}

/** Sync step 1: "this is how far I am; send me what I lack and tell me how far you are". */
function stepOne(doc: Y.Doc): Uint8Array<ArrayBuffer> {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, MessageType.SYNC)
  writeSyncStep1(encoder, doc)
  return encoding.toUint8Array(encoder)
}
