/** A server's graphs and runs, through its HTTP API, and the way into each of them as a peer. */
import * as Y from 'yjs'
import type { GraphSummary, ImportReport, Me, Page, Role, RunRecord, RunStart } from '@/api/shapes'
import type { components } from '@/api/rest.gen'
import { Connection } from '@/document/connection'
import { GraphDocument } from '@/document/graphDocument'
import { newId } from '@/document/ids'
import { graphPath } from '@/document/protocol.gen'
import type { Graph, NodeType } from '@/document/schema.gen'
import { Access } from './access'
import { type Address, readAddress } from './address'
import { Conversation } from './conversation'
import { LiveGraph } from './graph'
import { Line, type Patience, usualPatience } from './line'
import { outputsOf, type RunOutputs } from './outputs'
import { type Method, Requests, searchOf } from './requests'
import { Run } from './run'
import { doorOf } from './socket'
import { Versions } from './versions'

export type { GraphSummary, ImportReport, Me, RunStart } from '@/api/shapes'

/** Something that was done. */
export type Activity = components['schemas']['ActivityRow']
export type ActivityQuery = { node?: string; person?: string; kind?: string; limit?: number }

/** Something one person was told. */
export type Notification = components['schemas']['Notification']

/**
 * Work with a server. The address that `flowroom up` prints has a token in it, and will do; `{url, token}` says the same
 * in two words. Nothing is sent before the first call.
 */
export function connect(address: string | URL | Address, patience: Partial<Patience> = {}): Workspace {
  return new Workspace(readAddress(address), { ...usualPatience, ...patience })
}

export class Workspace {
  private readonly requests: Requests
  private types: Promise<NodeType[]> | undefined

  /** @internal */
  constructor(
    private readonly address: Address,
    private readonly patience: Patience,
  ) {
    this.requests = new Requests(address)
  }

  get url(): string {
    return this.address.url
  }

  /** Who one is here, and what one's role allows. */
  me(): Promise<Me> {
    return this.requests.send('GET', '/api/me')
  }

  /** One's role on a graph, as it is now. Throws NoSuchDocument where one has none. */
  async role(graph: string): Promise<Role> {
    return (await this.requests.send<{ role: Role }>('GET', `/api/graphs/${encodeURIComponent(graph)}`)).role
  }

  /** The node types that the server knows, with their ports and parameters; asked for once. */
  nodeTypes(): Promise<NodeType[]> {
    const asked = this.types ?? this.requests.send<{ items: NodeType[] }>('GET', '/api/node-types').then(({ items }) => items)
    this.types = asked
    asked.catch(() => (this.types = undefined))
    return asked
  }

  /** All graphs, or those that match a search; pages are fetched until there are no more. */
  async graphs(query = ''): Promise<GraphSummary[]> {
    const found: GraphSummary[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: Page<GraphSummary> = await this.requests.send('GET', `/api/graphs${searchOf({ query, cursor })}`)
      found.push(...page.items)
      cursor = page.next
    }
    return found
  }

  /** Make a graph, empty or with this content. Throws NotAllowed, RequestRefused. */
  createGraph(title = 'Untitled', graph?: Graph): Promise<GraphSummary> {
    return this.requests.send('POST', '/api/graphs', { title, graph })
  }

  /** Throws NoSuchDocument, NotAllowed. */
  async deleteGraph(id: string): Promise<void> {
    await this.requests.send('DELETE', `/api/graphs/${encodeURIComponent(id)}`)
  }

  /** Import a native file (`.json`), or a zip of such files or of a Phase 1 workspace; `name` tells which. */
  importFile(data: Uint8Array<ArrayBuffer>, name: string): Promise<ImportReport> {
    const form = new FormData()
    form.append('file', new Blob([data]), name)
    return this.requests.send('POST', '/api/import', form)
  }

  /**
   * Start a run of a graph and give its id; `LiveGraph.run` does so and watches it. It is started once, however often
   * that has to be sent.
   */
  async startRun(graph: string, how: RunStart = {}): Promise<string> {
    const path = `/api/graphs/${encodeURIComponent(graph)}/runs`
    const wanted = { key: newId(), ...how }
    return (await this.requests.postUntilAnswered<RunRecord>(path, wanted, this.patience.openingMs)).id
  }

  /** The newest of what was done in a graph, the last first; chosen by node, person (both ids) and kind, as `run.*`. */
  async activity(graph: string, which: ActivityQuery = {}): Promise<Activity[]> {
    const path = `/api/graphs/${encodeURIComponent(graph)}/activity${searchOf({ limit: 50, ...which })}`
    return (await this.requests.send<{ items: Activity[] }>('GET', path)).items
  }

  /** What each node of a run gave last, by path and port, whole: what is watched of it are previews. */
  runOutputs(run: string): Promise<RunOutputs> {
    return outputsOf(run, this.requests)
  }

  /** Ask for a run to stop; it ends as cancelled unless it ends otherwise first. */
  async cancelRun(run: string): Promise<void> {
    await this.requests.send('POST', `/api/runs/${encodeURIComponent(run)}/cancel`)
  }

  /** Join a graph. Throws NotSignedIn, NotAllowed, NoSuchDocument, or ConnectionLost when nothing answers. */
  async open(graph: string | { id: string }): Promise<LiveGraph> {
    const id = typeof graph === 'string' ? graph : graph.id
    const [me, door] = await Promise.all([this.me(), doorOf(this.address)])
    const document = new GraphDocument(new Y.Doc(), { name: 'client' })
    const line = new Line(new Connection(document.doc, { ...door, path: graphPath(id), onLeftOut: console.warn }), this.patience, door)
    const conversation = new Conversation(id, me.id, door, this.patience, this.requests)
    const access = new Access(id, this.requests)
    return whenOpened(line, () => new LiveGraph(id, document, line, this, conversation, access, new Versions(id, this.requests), me))
  }

  /** Watch a run. Throws as `open` does. */
  async openRun(id: string): Promise<Run> {
    const run = new Run(id, await doorOf(this.address), this.patience, () => this.cancelRun(id))
    await run.opened().catch((error: unknown) => {
      run.close()
      throw error
    })
    return run
  }

  /** What one was told, the newest first and at most a page of it; with `unread`, only what one has not read. */
  async notifications({ unread = false } = {}): Promise<Notification[]> {
    const page = await this.requests.send<{ items: Notification[] }>('GET', `/api/notifications${searchOf({ unread: String(unread) })}`)
    return page.items
  }

  /** Call some of what one was told read, or all of it. */
  async readNotifications(ids?: readonly number[]): Promise<void> {
    await this.requests.send('POST', '/api/notifications/read', ids === undefined ? {} : { ids })
  }

  /** Call the HTTP API for what has no method here; the JSON, or the text, of its answer, `null` for an empty one. */
  request<Answer>(method: Method, path: string, body?: unknown): Promise<Answer> {
    return this.requests.send<Answer>(method, path, body)
  }
}

async function whenOpened<Made>(line: Line, make: () => Made): Promise<Made> {
  try {
    await line.opened()
  } catch (error) {
    line.close()
    throw error
  }
  return make()
}
