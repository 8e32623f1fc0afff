/** One run as a peer sees it: live while it goes, complete once it has ended. */
import * as Y from 'yjs'
import { Connection } from '@/document/connection'
import { runPath } from '@/document/protocol.gen'
import { isFinished, RunStore } from '@/document/runDocument'
import type { NodeView, RunView } from '@/document/schema.gen'
import { Line, type Patience, type Status } from './line'
import type { Door } from './socket'

export class Run implements AsyncIterable<RunView> {
  private readonly line: Line
  private readonly store: RunStore
  private readonly doc = new Y.Doc()
  /** Counts what has come. */
  private revision = 0

  /** `stop` asks the server to cancel the run. */
  constructor(
    readonly id: string,
    door: Door,
    patience: Patience,
    private readonly stop: () => Promise<unknown>,
  ) {
    this.store = new RunStore(id, this.doc)
    this.doc.on('update', () => void this.revision++)
    this.line = new Line(new Connection(this.doc, { ...door, path: runPath(id) }), patience, door)
    this.line.onLeave(() => {
      this.store.close()
      this.doc.destroy()
    })
  }

  get status(): Status {
    return this.line.status
  }

  /** What the run looks like now; its nodes by path. */
  get view(): RunView {
    this.store.flush()
    const nodes: Record<string, NodeView> = {}
    for (const { path, stream: _, ...view } of this.store.nodeRows.values()) nodes[path] = view
    const { row } = this.store
    if (row === undefined) return { ...nothingYet, id: this.id, nodes }
    const { counters: _, ...known } = row
    return { ...known, nodes }
  }

  /** Whether it has succeeded, failed or been cancelled. */
  get hasEnded(): boolean {
    this.store.flush()
    return isFinished(this.store.row)
  }

  /** What a node has said so far, while it speaks; empty when it is not saying anything. */
  stream(path: string): string {
    this.store.flush()
    return this.store.node(path.slice(path.lastIndexOf('/') + 1))?.stream ?? ''
  }

  /** Until the run has changed; then how it looks. */
  async changed(): Promise<RunView> {
    const before = this.revision
    await this.line.until(() => this.revision !== before, this.onUpdate)
    return this.view
  }

  /** Until the run has succeeded, failed or been cancelled. */
  async finished(): Promise<RunView> {
    await this.line.until(() => this.hasEnded, this.onUpdate)
    return this.view
  }

  /** How it looks now, and again whenever it has changed, until it has ended. Who is slow misses steps, never the end. */
  async *[Symbol.asyncIterator](): AsyncGenerator<RunView, undefined> {
    let shown = this.revision
    yield this.view
    while (!this.hasEnded || shown !== this.revision) {
      await this.line.until(() => shown !== this.revision, this.onUpdate)
      shown = this.revision
      yield this.view
    }
  }

  /** Ask for the run to stop; it ends as cancelled unless it ends otherwise first. */
  async cancel(): Promise<void> {
    await this.stop()
  }

  /** @internal */
  opened(): Promise<void> {
    return this.line.opened()
  }

  /** Stop watching; the run goes on. */
  close(): void {
    this.line.close()
  }

  private readonly onUpdate = (listener: () => void) => {
    this.doc.on('update', listener)
    return () => this.doc.off('update', listener)
  }
}

const nothingYet: Omit<RunView, 'id'> = {
  graph: '',
  snapshot: '',
  status: 'created',
  by: '',
  started: null,
  finished: null,
  error: null,
  nodes: {},
}
