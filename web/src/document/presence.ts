/**
 * Who is here and what they do: this peer's own awareness state, sent at most 30 times a second, and the others' as rows.
 * What moves with every frame (cursors, drags, viewports) is kept apart from what changes rarely (people, selections,
 * the field being edited), so that a moving cursor renders nothing but itself.
 */
import type { Awareness } from 'y-protocols/awareness'
import { Frame } from './frame'
import { Listeners } from './listeners'
import { sameJson } from './records'
import type { Drag, Editing, Presence, User } from './schema.gen'

export interface Peer {
  clientId: number
  user: User
  selection: readonly string[]
  editing: Editing | null
  running: string | null
  wentBack: string | null
}

export interface Motion {
  cursor: [number, number] | null
  drag: Drag | null
  viewport: [number, number, number] | null
}

const sendEveryMs = 33
const still: Motion = { cursor: null, drag: null, viewport: null }

export class PresenceChannel {
  private readonly frame = new Frame(() => this.read())
  private readonly peerListeners = new Listeners()
  private readonly motionListeners = new Listeners()
  private rows: readonly Peer[] = []
  private motions = new Map<number, Motion>()
  private own: Presence
  private timer: ReturnType<typeof setTimeout> | undefined
  private sentAt = -Infinity

  constructor(
    readonly awareness: Awareness,
    readonly user: User,
  ) {
    this.own = { user, cursor: null, selection: [], editing: null, drag: null, viewport: null, running: null, wentBack: null }
    awareness.setLocalState(this.own as unknown as Record<string, unknown>)
    awareness.on('change', this.onChange)
    this.read()
  }

  /** The others here, in the order they came; a new array only when people, selections or fields change. */
  get peers(): readonly Peer[] {
    return this.rows
  }

  motion(clientId: number): Motion {
    return this.motions.get(clientId) ?? still
  }

  /** Say what has changed about oneself; sent now or, if something was just sent, with the next tick. */
  set(change: Partial<Omit<Presence, 'user'>>): void {
    this.own = { ...this.own, ...change }
    if (this.timer !== undefined) return
    const wait = this.sentAt + sendEveryMs - performance.now()
    if (wait <= 0) this.send()
    else this.timer = setTimeout(() => this.send(), wait)
  }

  get state(): Presence {
    return this.own
  }

  subscribe = (listener: () => void) => this.peerListeners.add(listener)

  /** Called at most once per frame while others move. */
  subscribeMotion = (listener: () => void) => this.motionListeners.add(listener)

  close(): void {
    clearTimeout(this.timer)
    this.frame.drop()
    this.awareness.off('change', this.onChange)
  }

  private send(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    this.sentAt = performance.now()
    this.awareness.setLocalState(this.own as unknown as Record<string, unknown>)
  }

  private onChange = (change: { added: number[]; updated: number[]; removed: number[] }) => {
    const others = [...change.added, ...change.updated, ...change.removed].some((id) => id !== this.awareness.clientID)
    if (others) this.frame.request()
  }

  private read(): void {
    const before = new Map(this.rows.map((peer) => [peer.clientId, peer]))
    const rows: Peer[] = []
    const motions = new Map<number, Motion>()
    for (const [clientId, state] of this.awareness.getStates()) {
      const user = readUser(state['user'])
      if (clientId === this.awareness.clientID || user === undefined) continue
      const row = readPeer(clientId, user, state)
      const known = before.get(clientId)
      rows.push(known !== undefined && sameJson(known, row) ? known : row)
      motions.set(clientId, readMotion(state))
    }
    this.motions = motions
    const changed = rows.length !== this.rows.length || rows.some((row, at) => row !== this.rows[at])
    if (changed) this.rows = rows
    if (changed) this.peerListeners.call()
    this.motionListeners.call()
  }
}

/** A stranger's state is read field by field: what has the wrong shape counts as absent. */
function readPeer(clientId: number, user: User, state: Record<string, unknown>): Peer {
  const { selection, editing, running, wentBack } = state as Partial<Presence>
  return {
    clientId,
    user,
    selection: Array.isArray(selection) ? selection.filter((id) => typeof id === 'string') : [],
    editing: typeof editing === 'object' && typeof editing?.node === 'string' ? editing : null,
    running: typeof running === 'string' ? running : null,
    wentBack: typeof wentBack === 'string' ? wentBack : null,
  }
}

function readMotion(state: Record<string, unknown>): Motion {
  const { cursor, drag, viewport } = state as Partial<Presence>
  return {
    cursor: isNumbers(cursor, 2) ? (cursor ?? null) : null,
    drag: drag && Array.isArray(drag.ids) && isNumbers(drag.by, 2) ? drag : null,
    viewport: isNumbers(viewport, 3) ? (viewport ?? null) : null,
  }
}

function readUser(value: unknown): User | undefined {
  const user = value as Partial<User> | null | undefined
  if (typeof user?.id !== 'string' || typeof user.name !== 'string') return undefined
  const colour = typeof user.colour === 'string' && /^#[0-9a-f]{6}$/i.test(user.colour) ? user.colour : '#8d8d9c'
  return { id: user.id, name: user.name, colour, kind: user.kind ?? 'person' }
}

function isNumbers(value: unknown, length: number): boolean {
  return Array.isArray(value) && value.length === length && value.every((each) => Number.isFinite(each))
}
