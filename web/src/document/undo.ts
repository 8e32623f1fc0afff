/**
 * Undo and redo of one's own gestures, never of what others, bots or the engine did. One gesture is one step; typing in
 * one field is one step while it goes on. A step also remembers the selection it was made with.
 */
import * as Y from 'yjs'
import type { GraphDocument } from './graphDocument'
import { Listeners } from './listeners'

const typingWindowMs = 500

export interface UndoState {
  canUndo: boolean
  canRedo: boolean
}

export class UndoHistory {
  /** For y-codemirror.next, which adds its own origin to those it tracks. */
  readonly manager: Y.UndoManager
  private readonly listeners = new Listeners()
  private merging: string | undefined
  private current: UndoState = { canUndo: false, canRedo: false }

  constructor(document: GraphDocument) {
    const { meta, nodes, edges, breakpoints, templates } = document
    this.manager = new Y.UndoManager([meta, nodes, edges, breakpoints, templates] as Y.AbstractType<unknown>[], {
      captureTimeout: typingWindowMs,
      trackedOrigins: new Set([document.origin]),
    })
    document.onGesture({ begin: (merge) => this.begin(merge) })
    for (const event of ['stack-item-added', 'stack-item-popped', 'stack-cleared'] as const) {
      this.manager.on(event, () => this.refresh())
    }
  }

  undo(): void {
    this.stop()
    this.manager.undo()
  }

  redo(): void {
    this.stop()
    this.manager.redo()
  }

  /** The next edit starts a step of its own, whenever it comes. */
  stop(): void {
    this.merging = undefined
    this.manager.stopCapturing()
  }

  get state(): UndoState {
    return this.current
  }

  subscribe = (listener: () => void) => this.listeners.add(listener)

  close(): void {
    this.manager.destroy()
  }

  private begin(merge: string | undefined): void {
    if (merge === undefined || merge !== this.merging) this.manager.stopCapturing()
    this.merging = merge
  }

  private refresh(): void {
    const next = { canUndo: this.manager.canUndo(), canRedo: this.manager.canRedo() }
    if (next.canUndo === this.current.canUndo && next.canRedo === this.current.canRedo) return
    this.current = next
    this.listeners.call()
  }
}
