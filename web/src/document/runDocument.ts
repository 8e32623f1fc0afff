/**
 * A run as it happens: the run document of the engine (flowroom/run_document.py) as immutable rows by node id. A node
 * inside a container has a path of ids; its row is found by its own id, the last of them.
 */
import * as Y from 'yjs'
import { Connection, type ConnectionOptions, type ConnectionState } from './connection'
import { Frame } from './frame'
import { KeyedListeners, Listeners } from './listeners'
import { runPath, terminalRunStates } from './protocol.gen'
import { sameJson } from './records'
import type { NodeView, RunView } from './schema.gen'

export type RunRow = Omit<RunView, 'nodes'> & { counters: Readonly<Record<string, number>> }
export type RunNodeRow = NodeView & { path: string; stream: string }

const finished: ReadonlySet<string> = new Set(terminalRunStates)

export const isFinished = (run: RunRow | undefined) => run !== undefined && finished.has(run.status)

/** One run's document read into rows; knows nothing of sockets. */
export class RunStore {
  private readonly run: Y.Map<unknown>
  private readonly nodes: Y.Map<unknown>
  private readonly entries: Y.Map<unknown>
  private readonly streams: Y.Map<unknown>
  private readonly rows = new Map<string, RunNodeRow>()
  private readonly dirty = new Set<string>()
  private readonly frame = new Frame(() => this.flush())
  private readonly listeners = new Listeners()
  private readonly nodeListeners = new KeyedListeners()
  private runRow: RunRow | undefined

  constructor(
    readonly id: string,
    readonly doc: Y.Doc,
  ) {
    this.run = doc.getMap('run')
    this.nodes = doc.getMap('nodes')
    this.entries = doc.getMap('entries')
    this.streams = doc.getMap('streams')
    for (const path of this.nodes.keys()) this.dirty.add(path)
    this.flush()
    this.run.observeDeep(this.onRun)
    for (const byPath of [this.nodes, this.entries, this.streams]) byPath.observeDeep(this.onNodes)
  }

  get row(): RunRow | undefined {
    return this.runRow
  }

  node(id: string): RunNodeRow | undefined {
    return this.rows.get(id)
  }

  get nodeRows(): ReadonlyMap<string, RunNodeRow> {
    return this.rows
  }

  /** Called at most once per frame, after anything of the run changed. */
  subscribe = (listener: () => void) => this.listeners.add(listener)

  subscribeNode = (id: string, listener: () => void) => this.nodeListeners.add(id, listener)

  flush(): void {
    this.frame.drop()
    if (this.run.size > 0) {
      const row = readRun(this.id, this.run)
      if (!sameJson(row, this.runRow)) this.runRow = row
    }
    const changed: string[] = []
    for (const path of this.dirty) {
      const id = path.slice(path.lastIndexOf('/') + 1)
      this.rows.set(id, this.readNode(path))
      changed.push(id)
    }
    this.dirty.clear()
    this.nodeListeners.call(changed)
    this.listeners.call()
  }

  close(): void {
    this.frame.drop()
    this.run.unobserveDeep(this.onRun)
    for (const byPath of [this.nodes, this.entries, this.streams]) byPath.unobserveDeep(this.onNodes)
  }

  private readNode(path: string): RunNodeRow {
    const raw = (this.nodes.get(path) ?? {}) as Partial<NodeView>
    const entries = this.entries.get(path)
    const stream = this.streams.get(path)
    return {
      path,
      status: raw.status ?? 'pending',
      iteration: raw.iteration ?? 0,
      attempt: raw.attempt ?? 0,
      started: raw.started ?? null,
      finished: raw.finished ?? null,
      preview: raw.preview ?? null,
      error: raw.error ?? null,
      progress: raw.progress ?? null,
      usage: raw.usage ?? null,
      entries: entries instanceof Y.Array ? (entries.toArray() as NodeView['entries']) : [],
      stream: stream instanceof Y.Text ? stream.toJSON() : '',
    }
  }

  private onRun = () => this.frame.request()

  private onNodes = (events: Y.YEvent<Y.AbstractType<unknown>>[]) => {
    for (const event of events) {
      const [path] = event.path
      if (typeof path === 'string') this.dirty.add(path)
      else for (const key of event.keys.keys()) this.dirty.add(key)
    }
    this.frame.request()
  }
}

/** The run that an editor shows: the newest of its graph (`meta.lastRun`), or one that someone chose to look at. */
export class ShownRun {
  private chosen: string | undefined
  private latest: string | undefined
  private watched: { store: RunStore; connection: Connection } | undefined
  private readonly listeners = new Listeners()
  private readonly nodeListeners = new Map<() => void, { id: string; stop: () => void }>()

  constructor(private readonly connect: Pick<ConnectionOptions, 'server' | 'WebSocket' | 'mayReturn'>) {}

  get store(): RunStore | undefined {
    return this.watched?.store
  }

  get row(): RunRow | undefined {
    return this.store?.row
  }

  get id(): string | undefined {
    return this.store?.id
  }

  get connection(): ConnectionState | undefined {
    return this.watched?.connection.state
  }

  /** Whether this is the newest run, not one that was chosen. */
  get isFollowing(): boolean {
    return this.chosen === undefined
  }

  node(id: string): RunNodeRow | undefined {
    return this.store?.node(id)
  }

  /** Look at this run, or at none. */
  show(run: string | null): void {
    this.chosen = run ?? ''
    this.watch()
  }

  /** Look at the newest run, now and whenever another starts. */
  follow(): void {
    this.chosen = undefined
    this.watch()
  }

  /** The graph's `lastRun` changed; a run that starts while one looks at an older one does not take the eye away. */
  latestIs(run: string | null): void {
    if (run === (this.latest ?? null)) return
    const sawLatest = this.chosen === this.latest
    this.latest = run ?? undefined
    if (sawLatest || this.chosen === this.latest) this.chosen = undefined
    this.watch()
  }

  subscribe = (listener: () => void) => this.listeners.add(listener)

  subscribeNode = (id: string, listener: () => void) => {
    this.nodeListeners.set(listener, { id, stop: this.store?.subscribeNode(id, listener) ?? (() => undefined) })
    return () => {
      this.nodeListeners.get(listener)?.stop()
      this.nodeListeners.delete(listener)
    }
  }

  close(): void {
    this.unwatch()
  }

  private watch(): void {
    const run = this.chosen ?? this.latest ?? ''
    if (run === (this.id ?? '')) return
    this.unwatch()
    if (run !== '') {
      const doc = new Y.Doc()
      const store = new RunStore(run, doc)
      const connection = new Connection(doc, { ...this.connect, path: runPath(run) })
      this.watched = { store, connection }
      store.subscribe(() => this.listeners.call())
      connection.subscribe(() => this.listeners.call())
    }
    this.rebind()
  }

  /** Whoever watches a node of the run before now watches it in this one. */
  private rebind(): void {
    for (const [listener, bound] of this.nodeListeners) {
      bound.stop()
      bound.stop = this.store?.subscribeNode(bound.id, listener) ?? (() => undefined)
    }
    for (const listener of [...this.nodeListeners.keys()]) listener()
    this.listeners.call()
  }

  private unwatch(): void {
    this.watched?.store.close()
    this.watched?.connection.close()
    this.watched?.store.doc.destroy()
    this.watched = undefined
  }
}

function readRun(id: string, shared: Y.Map<unknown>): RunRow {
  const raw = shared.toJSON() as Partial<RunRow>
  return {
    id,
    graph: raw.graph ?? '',
    snapshot: raw.snapshot ?? '',
    status: raw.status ?? 'created',
    by: raw.by ?? '',
    started: raw.started ?? null,
    finished: raw.finished ?? null,
    error: raw.error ?? null,
    counters: raw.counters ?? {},
  }
}
