/**
 * What goes to the server of one document: each edit as it is made, and what the server lacks when it asks. What is too
 * large for a frame goes in portions, the next one once the server has the one before: so neither a frame nor the pace is
 * more than it accepts. Edits that are made meanwhile go behind them, since they may build on them.
 */
import * as encoding from 'lib0/encoding'
import type { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import type { Acknowledgement } from './acknowledgement'
import type { Portion } from './portions'
import { maxFrameBytes, MessageType, SyncType } from './protocol.gen'

/** Type and length of a frame, at most. */
const headBytes = 16
const portionBytes = 2 ** 18
const nothing = new Uint8Array([0, 0])

/** Hardly any edit is so large. */
export const importPortions = () => import('./portions')

export class Sending {
  private uncut: Uint8Array[] = []
  private waiting: Portion[] = []
  private underway: Portion | undefined

  constructor(
    private readonly provider: WebsocketProvider,
    private readonly acknowledgement: Acknowledgement,
  ) {
    provider.doc.off('update', provider._updateHandler)
    provider._updateHandler = (update: Uint8Array, origin: unknown) => {
      if (origin !== provider && this.isOpen) this.edited(update)
    }
    provider.doc.on('update', provider._updateHandler)
    provider.on('status', () => this.drop())
  }

  /** The server asks for what it lacks; false if that is small, and whoever answers may do so. */
  answersLargely(vector: Uint8Array): boolean {
    this.drop()
    const lacking = Y.encodeStateAsUpdate(this.provider.doc, vector)
    if (fits(lacking)) return false
    this.send(SyncType.STEP2, nothing) // It may ask again from now on.
    this.uncut = [lacking]
    this.goOn()
    return true
  }

  /** The server has more than before. */
  goOn(): void {
    while (this.underway === undefined || this.acknowledgement.covers(this.underway.ends)) {
      this.underway = this.waiting.shift()
      if (this.underway === undefined) return void this.cut().catch(() => undefined)
      this.send(SyncType.UPDATE, this.underway.update)
    }
  }

  /** What waits here the server asks for anew: as it comes back, or once it has room for it. */
  drop(): void {
    this.uncut = []
    this.waiting = []
    this.underway = undefined
  }

  private edited(update: Uint8Array): void {
    if (this.underway === undefined && this.uncut.length === 0 && fits(update)) {
      this.send(SyncType.UPDATE, update)
    } else {
      this.uncut.push(update)
      this.goOn()
    }
  }

  /** Cut the next update, and go on with it. Where that can't be fetched it waits for the next connection. */
  private async cut(): Promise<void> {
    const [update] = this.uncut
    if (update === undefined) return
    const { portionsOf } = await importPortions()
    if (this.uncut[0] !== update) return // dropped, or cut by whoever asked before
    this.uncut.shift()
    this.waiting = portionsOf(update, portionBytes)
    this.goOn()
  }

  private get isOpen(): boolean {
    const { ws, wsconnected } = this.provider
    return wsconnected && ws !== null && ws.readyState === ws.OPEN
  }

  private send(kind: number, update: Uint8Array): void {
    if (this.isOpen) this.provider.ws?.send(syncFrame(kind, update))
  }
}

const fits = (update: Uint8Array) => update.length <= maxFrameBytes - headBytes

export function syncFrame(kind: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, MessageType.SYNC)
  encoding.writeVarUint(encoder, kind)
  encoding.writeVarUint8Array(encoder, payload)
  return encoding.toUint8Array(encoder)
}
