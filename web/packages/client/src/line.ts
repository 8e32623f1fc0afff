/**
 * A document's connection as a program waits on it: until it is in step, until what was edited is saved, until
 * something it brings has happened; and what the server said, as an error, once it closed the door for good.
 */
import type { Connection } from '@/document/connection'
import { CloseCode, closeReasons } from '@/document/protocol.gen'
import { ConnectionLost, type ConnectionRefused, refusal } from './errors'
import type { Feed } from './feed'
import type { Door } from './socket'

/**
 * `online` is in step with the server; `full` is, too, but what was edited here waits until others made room for it;
 * `offline` waits to try again; `closed` never will.
 */
export type Status = 'connecting' | 'online' | 'full' | 'offline' | 'closed'

/** How long to wait for the server: for the first state of a document or the answer to a comment, and for the last edits to be saved. */
export interface Patience {
  openingMs: number
  leavingMs: number
}

export const usualPatience: Patience = { openingMs: 30_000, leavingMs: 10_000 }

type Subscribe = (listener: () => void) => () => void

export class Line {
  private left = false
  private readonly leavers = new Set<() => void>()

  constructor(
    readonly connection: Connection,
    private readonly patience: Patience,
    private readonly door: Pick<Door, 'server' | 'trouble'>,
  ) {}

  get status(): Status {
    const { kind } = this.connection.state
    if (this.left || kind === 'refused' || kind === 'restored') return 'closed'
    return kind === 'saving' || kind === 'saved' ? 'online' : kind
  }

  /** What the server said when it closed the door for good. */
  get refusal(): ConnectionRefused | undefined {
    const { state } = this.connection
    if (state.kind === 'refused') return refusal(state.code, state.sentence)
    if (state.kind === 'restored') return refusal(CloseCode.EPOCH_CHANGED, closeReasons[CloseCode.EPOCH_CHANGED])
    return undefined
  }

  /** Throws what the server said when it closed the door for good, or ConnectionLost once it was left. */
  mustBeOpen(): void {
    const { refusal } = this
    if (refusal !== undefined) throw refusal
    if (this.left) throw new ConnectionLost('This was left; open it again to go on.')
  }

  async opened(): Promise<void> {
    await this.within(this.patience.openingMs, this.until(() => this.status === 'online'), () => {
      const why = this.door.trouble?.() || 'not in time'
      return `The server at ${this.door.server} did not answer (${why}); is it running, and does what is before it let sockets pass?`
    })
  }

  /** Until every edit made up to now is durable on the server. */
  async saved(): Promise<void> {
    const unsaved = this.connection.countUnsaved()
    await this.until(() => unsaved() === 0)
  }

  /** Waits for something that the connection, or whatever else calls back, brings about. */
  until(condition: () => boolean, ...also: Subscribe[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const stops: (() => void)[] = []
      const finish = (end: () => void) => {
        for (const stop of stops.splice(0)) stop()
        end()
      }
      const look = () => {
        try {
          if (condition()) return finish(resolve)
          this.mustBeOpen()
        } catch (error) {
          finish(() => reject(error as Error))
        }
      }
      for (const subscribe of [this.connection.subscribe, this.onLeave, ...also]) stops.push(subscribe(look))
      look()
    })
  }

  /** Ends a feed as soon as nothing more can come: with what the server said, or, once this was left, without an error. */
  ends<Item>(feed: Feed<Item>): void {
    const look = () => {
      if (this.status === 'closed') feed.end(this.refusal)
    }
    for (const subscribe of [this.connection.subscribe, this.onLeave]) feed.onEnd(subscribe(look))
    look()
  }

  /** Once everything is saved; throws ConnectionLost when the server doesn't say so in time. */
  async leave(): Promise<void> {
    if (this.left) return
    const unsaved = this.connection.countUnsaved()
    try {
      await this.within(this.patience.leavingMs, this.until(() => unsaved() === 0), () => {
        return `${String(unsaved())} edits were not acknowledged in time.`
      })
    } finally {
      this.close()
    }
  }

  /** At once; edits that are not acknowledged may be lost. */
  close(): void {
    if (this.left) return
    this.left = true
    this.connection.close()
    for (const tell of [...this.leavers]) tell()
  }

  readonly onLeave: Subscribe = (listener) => {
    this.leavers.add(listener)
    return () => void this.leavers.delete(listener)
  }

  private async within(ms: number, work: Promise<void>, words: () => string): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new ConnectionLost(words())), ms)
    })
    try {
      await Promise.race([work, late])
    } finally {
      clearTimeout(timer)
    }
  }
}
