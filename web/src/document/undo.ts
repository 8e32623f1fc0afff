/**
 * Undo and redo of one's own gestures, never of what others, bots or the engine did. One gesture is one step; typing in
 * one field is one step while it goes on. A step also remembers the selection it was made with.
 */
import * as Y from 'yjs'
import type { GraphDocument } from './graphDocument'
import { sameJson } from './records'
import { Listeners } from './listeners'
import { Step } from './stepWords'

const typingWindowMs = 500

/** What the next undo and redo do, in a few words; undefined while there is none. */
export interface UndoState {
  undoes: string | undefined
  redoes: string | undefined
  /** What was done last, for who can't see it. */
  said: string
}

export class UndoHistory {
  /** For y-codemirror.next, which adds its own origin to those it tracks. */
  readonly manager: Y.UndoManager
  private readonly listeners = new Listeners()
  private merging: string | undefined
  private current: UndoState = { undoes: undefined, redoes: undefined, said: '' }
  /** What the transaction that goes on has touched. */
  private touched = new Step()

  constructor(document: GraphDocument) {
    const { meta, nodes, edges, breakpoints, templates } = document
    this.manager = new Y.UndoManager([meta, nodes, edges, breakpoints, templates] as Y.AbstractType<unknown>[], {
      captureTimeout: typingWindowMs,
      trackedOrigins: new Set([document.origin]),
    })
    document.onGesture({ begin: (merge, name) => this.begin(merge, name) })
    nodes.observeDeep((events, { local }) => local && this.touched.nodes.take(events))
    edges.observeDeep((events, { local }) => local && this.touched.edges.take(events))
    this.manager.on('stack-item-added', ({ stackItem }) => {
      // What is taken back may be done again, and is called the same.
      stackItem.meta.set(Step, stepOf(this.manager.currStackItem) ?? this.touched)
    })
    this.manager.on('stack-item-updated', ({ stackItem }) => stepOf(stackItem)?.join(this.touched))
    // After the manager has heard of it.
    document.doc.on('afterTransaction', ({ local }) => {
      if (!local) return
      this.touched = new Step()
      this.refresh()
    })
  }

  undo(): void {
    this.stop()
    this.say('Undone', this.manager.undo())
  }

  redo(): void {
    this.stop()
    this.say('Redone', this.manager.redo())
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

  private begin(merge: string | undefined, name: string | undefined): void {
    this.touched.name = name
    if (merge === undefined || merge !== this.merging) this.manager.stopCapturing()
    this.merging = merge
  }

  /** A step of which others have left nothing is passed over: what is said is what was done. */
  private say(how: string, item: StackItem | null): void {
    if (item) this.refresh(`${how}: ${stepOf(item)?.words ?? ''}.`)
  }

  private refresh(said = this.current.said): void {
    const { undoStack, redoStack } = this.manager
    const next = { undoes: stepOf(undoStack.at(-1))?.words, redoes: stepOf(redoStack.at(-1))?.words, said }
    if (sameJson(next, this.current)) return
    this.current = next
    this.listeners.call()
  }
}

type StackItem = Y.UndoManager['undoStack'][number]

const stepOf = (item: StackItem | null | undefined) => item?.meta.get(Step) as Step | undefined
