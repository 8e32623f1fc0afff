/**
 * One graph, live with everyone else: edits show here at once and reach the others in a moment, or, made while offline,
 * on return. Made by `Workspace.open`; end it with `leave()`, or hold it as `await using`.
 */
import type * as Y from 'yjs'
import type { Role } from '@/api/shapes'
import { goBack, KeptChanging, labelBefore } from '@/document/become'
import { check, type Problem } from '@/document/checks'
import type { GraphDocument, NewEdge, NewNode, Position } from '@/document/graphDocument'
import { isProse } from '@/document/records'
import type { Edge, Graph, Message, Meta, Node, Thread, User } from '@/document/schema.gen'
import { GraphStore } from '@/document/store'
import { Unwritable } from '@/document/writable'
import type { Access, AccessRequest } from './access'
import { type Change, observeChanges } from './changes'
import type { Conversation, Threads, WritableAnchor } from './conversation'
import { FlowroomError, InvalidGraph, NoSuchEdge, NoSuchNode } from './errors'
import { Feed } from './feed'
import type { DiscussionChange } from './happened'
import type { Line, Status } from './line'
import { Presence } from './presence'
import type { Run } from './run'
import type { Version, Versions } from './versions'
import type { Activity, ActivityQuery, RunStart, Workspace } from './workspace'

export type NodeFields = Partial<Omit<Node, 'id' | 'type' | 'params'>>

/** Whom a comment calls besides those it names as `@[Ada](id)`: ids of people. */
export interface Mentioning {
  mentions?: readonly string[]
}

export class LiveGraph {
  readonly presence: Presence
  private readonly store: GraphStore
  private readonly feeds = new Map<Feed<Change>, { mine: boolean }>()
  private readonly runs = new Set<Run>()

  /** @internal */
  constructor(
    readonly id: string,
    private readonly document: GraphDocument,
    private readonly line: Line,
    private readonly workspace: Workspace,
    private readonly conversation: Conversation,
    private readonly access: Access,
    private readonly kept: Versions,
    me: User,
  ) {
    this.presence = new Presence(line, me)
    this.store = new GraphStore(document)
    const stop = observeChanges(document, (changes) => this.tell(changes))
    line.onLeave(() => {
      stop()
      for (const run of this.runs) run.close()
      conversation.close()
      this.store.close()
    })
  }

  // Reading

  /**
   * `online` is in step with the server; `full` is, too, but edits made here wait until others made room for them;
   * `offline` keeps edits and waits to try again.
   */
  get status(): Status {
    return this.line.status
  }

  /** The nodes that people see; the same array until one changes. */
  get nodes(): readonly Node[] {
    this.store.flush()
    return this.store.nodes
  }

  /** The edges that people see, in the order they were drawn. */
  get edges(): readonly Edge[] {
    this.store.flush()
    return this.store.edges
  }

  /** What is true of the graph as a whole. */
  get meta(): Meta {
    this.store.flush()
    return this.store.meta
  }

  /** Everything, as a file would hold it. */
  get graph(): Graph {
    return this.document.graph()
  }

  /** Throws NoSuchNode. */
  node(id: string): Node {
    const node = this.document.node(id)
    if (node === undefined) throw new NoSuchNode(id)
    return node
  }

  /** Throws NoSuchEdge. */
  edge(id: string): Edge {
    const edge = this.document.edge(id)
    if (edge === undefined) throw new NoSuchEdge(id)
    return edge
  }

  /** What is wrong with the graph, as the editor shows it. */
  async problems(): Promise<Problem[]> {
    const types = new Map((await this.workspace.nodeTypes()).map((type) => [type.type, type]))
    return check({ nodes: this.document.allNodes(), edges: this.document.allEdges() }, this.meta, types)
  }

  /** The newest of what was done here, the last first; an edit is there about a second after it is saved. */
  activity(which: ActivityQuery = {}): Promise<Activity[]> {
    return this.workspace.activity(this.id, which)
  }

  /** What others change from now on, record by record; with `mine`, one's own edits too. */
  changes({ mine = false } = {}): Feed<Change> {
    const feed = new Feed<Change>()
    this.feeds.set(feed, { mine })
    feed.onEnd(() => this.feeds.delete(feed))
    this.line.ends(feed)
    return feed
  }

  // Editing: every call is one transaction

  /**
   * Everything inside reaches the others, and is undone, as one. Don't wait for anything inside. Throws InvalidGraph for a
   * value that no document takes.
   */
  transact<T>(gesture: () => T): T {
    this.line.mustBeOpen()
    try {
      return this.document.gesture(gesture)
    } catch (error) {
      throw error instanceof Unwritable ? new InvalidGraph(error.message) : error
    }
  }

  /** Gives the id of the new node. Throws InvalidGraph if `fields.id` is taken. */
  addNode(type: string, fields: NewNode = {}): string {
    this.mustBeFree(fields.id, this.document.nodes)
    return this.transact(() => this.document.addNode(type, fields))
  }

  /** Set fields of a node, leaving others as they are; `null` takes one away. Throws NoSuchNode. */
  updateNode(id: string, fields: NodeFields): void {
    this.node(id)
    this.transact(() => this.document.updateNode(id, fields))
  }

  /** Put nodes somewhere else; nodes deleted meanwhile are passed over. */
  move(positions: Readonly<Record<string, Position>>): void {
    this.transact(() => this.document.moveNodes(new Map(Object.entries(positions))))
  }

  /** Set one parameter; a text is changed in place, only where it differs; `undefined` removes it. Throws NoSuchNode. */
  setParam(id: string, key: string, value: unknown): void {
    this.node(id)
    this.transact(() => this.document.setParam(id, key, value))
  }

  /** The text of a parameter that is written together, made now when it is missing. Throws NoSuchNode, InvalidGraph. */
  text(id: string, key: string): Y.Text {
    const value = this.node(id).params[key] ?? ''
    if (!isProse(key)) throw new InvalidGraph(`'${key}' is no text that is written together; set it with setParam.`)
    const text = typeof value === 'string' ? this.transact(() => this.document.ensureText(id, key)) : undefined
    if (text === undefined) throw new InvalidGraph(`Parameter '${key}' of node '${id}' is no text.`)
    return text
  }

  /** Draw an edge and give its id. Throws NoSuchNode for a missing end, InvalidGraph if `fields.id` is taken. */
  connect(source: string, target: string, fields: Omit<NewEdge, 'source' | 'target'> = {}): string {
    this.node(source)
    this.node(target)
    this.mustBeFree(fields.id, this.document.edges)
    return this.transact(() => this.document.connect({ ...fields, source, target }))
  }

  /** Set fields of an edge, leaving others as they are. Throws NoSuchEdge. */
  updateEdge(id: string, fields: Partial<Omit<Edge, 'id'>>): void {
    this.edge(id)
    this.transact(() => this.document.updateEdge(id, fields))
  }

  /** Delete nodes and edges, with attached edges and contained nodes; unknown ids are passed over. */
  remove(...ids: string[]): void {
    this.transact(() => this.document.delete(ids))
  }

  /** Set what is true of the whole graph: title, description, live and so on. */
  setMeta(fields: Partial<Meta>): void {
    this.transact(() => this.document.setMeta(fields))
  }

  // With the server

  /** Until every edit made up to now is durable on the server. Throws ConnectionRefused, ConnectionLost. */
  saved(): Promise<void> {
    return this.line.saved()
  }

  /**
   * Run the graph as it is now, and watch: from `start` if given; `message` is what a Chat node there hears. It is watched
   * until this graph is left, or, once it has ended, until the next is run; it goes on in any case.
   */
  async run(how: RunStart = {}): Promise<Run> {
    this.line.mustBeOpen()
    await this.saved()
    const run = await this.workspace.openRun(await this.workspace.startRun(this.id, how))
    for (const ended of [...this.runs].filter(({ hasEnded }) => hasEnded)) {
      ended.close()
      this.runs.delete(ended)
    }
    this.runs.add(run)
    if (this.status === 'closed') run.close() // left while it was started
    return run
  }

  /**
   * Keep the graph as it is, once that is saved: anyone can compare with it and go back to it. Throws NotAllowed,
   * RequestRefused, and as `saved`.
   */
  async keepVersion(label: string): Promise<Version> {
    await this.saved()
    return this.kept.keep(label)
  }

  /** The states that are kept, the newest first. */
  versions(): Promise<Version[]> {
    return this.kept.all()
  }

  /**
   * Let the graph be what a version has, but for its title, in one edit. What it was is kept before, and given. Throws
   * NoSuchDocument for a version that is gone, FlowroomError where others change the graph each time that it is being
   * kept, and as `keepVersion`; then nothing is changed.
   */
  async goBack(version: Version | string): Promise<Version> {
    const { id, label } = typeof version === 'string' ? { id: version, label: version } : version
    const wanted = await this.kept.graph(id)
    await this.saved()
    const keep = async () => {
      const kept = await this.keepVersion(labelBefore(label))
      this.line.mustBeOpen()
      return kept
    }
    const kept = await goBack(this.document, wanted, keep).catch((error: unknown) => {
      throw error instanceof KeptChanging ? new FlowroomError(error.message) : error
    })
    this.presence.set({ wentBack: kept.id })
    return kept
  }

  // Talking about it

  /** The comment threads, live; the discussion is joined by the first call. */
  threads(): Promise<Threads> {
    return this.conversation.threads()
  }

  /** What others say and do in the discussion from now on; with `mine`, what one does oneself, too. */
  discussion(which: { mine?: boolean } = {}): Feed<DiscussionChange> {
    return this.conversation.changes(which)
  }

  /**
   * Begin a thread about something: a node by its id, or an anchor. Edits made before are saved first, so that a new
   * node is known. Throws NotAllowed; NoSuchDocument when the graph does not have it; RequestRefused.
   */
  async comment(anchor: WritableAnchor | string, body: string, { mentions = [] }: Mentioning = {}): Promise<Thread> {
    await this.saved()
    return this.conversation.begin(anchor, body, mentions)
  }

  reply(thread: string, body: string, { mentions = [] }: Mentioning = {}): Promise<Message> {
    return this.conversation.reply(thread, body, mentions)
  }

  /** Say something else in a comment of one's own. */
  edit(thread: string, message: string, body: string, { mentions = [] }: Mentioning = {}): Promise<Message> {
    return this.conversation.edit(thread, message, body, mentions)
  }

  /** Delete a comment, with its thread if nothing else stands in it. */
  takeBack(thread: string, message: string): Promise<void> {
    return this.conversation.delete(thread, message)
  }

  /** Call a thread settled. */
  resolve(thread: string): Promise<Thread> {
    return this.conversation.setState(thread, 'resolved')
  }

  /** Call a thread open again. */
  reopen(thread: string): Promise<Thread> {
    return this.conversation.setState(thread, 'open')
  }

  /** Put an emoji under a comment, or, with `on: false`, take it away. */
  react(thread: string, message: string, emoji: string, { on = true } = {}): Promise<Message> {
    return this.conversation.react(thread, message, emoji, on)
  }

  // Who may do what with it

  /** What one may do here, as it is now: a graph's admin may change it at any time. */
  role(): Promise<Role> {
    return this.workspace.role(this.id)
  }

  /**
   * Ask for a higher role here and wait until an admin of the graph decides; gives the role that one got, which holds at
   * once. Who stops waiting may ask again, and waits for the same decision. Throws NotAllowed when it is declined.
   */
  ask(role: Role, { reason = '' } = {}): Promise<Role> {
    return this.access.ask(role, reason)
  }

  /** Who asks for a role here and has no answer yet: for an admin everyone, for others oneself. */
  accessRequests(): Promise<AccessRequest[]> {
    return this.access.open()
  }

  /** Give the role that was asked for, or another one. Throws NotAllowed, RequestRefused when it was decided. */
  grant(request: string | AccessRequest, answer: { role?: Role; note?: string } = {}): Promise<void> {
    return this.access.decide(request, { ...answer, state: 'granted' })
  }

  /** Decline a request. Throws as `grant`. */
  decline(request: string | AccessRequest, { note = '' } = {}): Promise<void> {
    return this.access.decide(request, { note, state: 'declined' })
  }

  // Leaving

  /** Leave once everything is saved. Throws ConnectionLost when the server doesn't say so in time. */
  leave(): Promise<void> {
    return this.line.leave()
  }

  /** Leave now; edits that are not saved may be lost. */
  close(): void {
    this.line.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave()
  }

  private tell(changes: Change[]): void {
    for (const [feed, { mine }] of this.feeds) for (const change of changes) if (mine || !change.mine) feed.put(change)
  }

  private mustBeFree(id: string | undefined, records: { has(id: string): boolean }): void {
    if (id === undefined) return
    if (id === '' || id.includes('/')) throw new InvalidGraph(`Expected an id that is not empty and has no '/', got '${id}'`)
    if (records.has(id)) throw new InvalidGraph(`The id '${id}' is taken in this graph; leave it out to get a new one.`)
  }
}
