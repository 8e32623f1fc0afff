/** One graph opened by one person: its document, rows, undo, presence, line to the server, selection, shown run and discussion. */
import * as Y from 'yjs'
import { Camera } from './camera'
import { mayConnect, type Ends, type Problem } from './checks'
import { Connection, type ConnectionOptions } from './connection'
import { GraphDocument } from './graphDocument'
import { Listeners } from './listeners'
import { copyName } from './offlineCopies'
import { offlineCopyNamed } from './offlineCopy'
import { OpenDiscussion } from './openDiscussion'
import { PresenceChannel } from './presence'
import { Problems } from './problems'
import { graphPath, roles } from './protocol.gen'
import { mayAs, type Role } from './roles'
import { ShownRun } from './runDocument'
import type { NodeType, User } from './schema.gen'
import { Selection } from './selection'
import { GraphStore } from './store'
import { UndoHistory } from './undo'

export type { Role }

export interface GraphAccess {
  id: string
  me: User
  role: Role
  types: readonly NodeType[]
  /** `ws://host` or `wss://host`. */
  server: string
  keepOfflineCopy: boolean
  /** Keeps this browser's state of an old epoch as a version of the graph. */
  keepVersion?: ConnectionOptions['keepVersion']
  /** Asks the server for one's role on this graph: null when it is no longer shared with one. Rejects when it can't tell. */
  askRole?: () => Promise<Role | null>
  /** Told, as a sentence, that something this person edited had to go again. */
  onLeftOut?: ConnectionOptions['onLeftOut']
}

export class OpenGraph {
  readonly id: string
  readonly me: User
  readonly types: ReadonlyMap<string, NodeType>
  readonly document = new GraphDocument(new Y.Doc())
  readonly store = new GraphStore(this.document)
  readonly undo = new UndoHistory(this.document)
  readonly selection = new Selection()
  readonly camera = new Camera()
  readonly connection: Connection
  readonly presence: PresenceChannel
  readonly run: ShownRun
  readonly discussion: OpenDiscussion
  readonly problems: Problems
  private currentRole: Role | null
  private readonly roleListeners = new Listeners()
  private readonly askRole: (() => Promise<Role | null>) | undefined
  private asking: Promise<Role | null> | undefined
  private readonly stops: (() => void)[]

  constructor({ id, me, role, types, server, keepOfflineCopy, keepVersion, askRole, onLeftOut }: GraphAccess) {
    this.id = id
    this.me = me
    this.currentRole = role
    this.askRole = askRole
    this.types = new Map(types.map((type) => [type.type, type]))
    this.connection = new Connection(this.document.doc, {
      server,
      path: graphPath(id),
      mayReturn: this.mayReturn,
      onRole: (told) => this.takeHigherRole(told),
      ...(keepOfflineCopy && { offlineCopy: offlineCopyNamed(copyName(id)) }),
      ...(onLeftOut && { onLeftOut }),
      ...(keepVersion && { keepVersion: async (state, epoch) => this.canEdit && keepVersion(state, epoch) }),
    })
    this.presence = new PresenceChannel(this.connection.awareness, me)
    this.run = new ShownRun({ server, mayReturn: this.mayReturn })
    this.discussion = new OpenDiscussion(id, { server, keepOfflineCopy, mayReturn: this.mayReturn })
    this.problems = new Problems(this.store, this.types)
    this.stops = [
      this.showWhenLoaded(),
      this.store.subscribe(() => this.run.latestIs(this.store.meta.lastRun)),
      this.store.subscribe(() => this.forgetDeleted()),
      this.selection.subscribe(() => this.presence.set({ selection: [...this.selection.ids].slice(0, 50) })),
    ]
  }

  /** One's role on this graph now. Whoever lost the graph looks at it like a viewer until they are told. */
  get role(): Role {
    return this.currentRole ?? 'viewer'
  }

  get canEdit(): boolean {
    return mayAs(this.role, 'editor')
  }

  get canRun(): boolean {
    return mayAs(this.role, 'runner')
  }

  get canComment(): boolean {
    return mayAs(this.role, 'commenter')
  }

  /** Whether it is no longer shared with one, or gone. */
  get isLost(): boolean {
    return this.currentRole === null
  }

  subscribeRole = (listener: () => void) => this.roleListeners.add(listener)

  /**
   * This same graph for whoever draws it with one role: document, line, selection and undo are shared, the object is
   * another, so that all who hold it in a context of React draw anew when the role changes.
   */
  seenAs(role: Role): OpenGraph {
    return Object.create(this, { role: { value: role, enumerable: true } }) as OpenGraph
  }

  /** Ask the server which role one has; several who ask at once get one answer. */
  readonly learnRole = async (): Promise<Role | null> => {
    this.asking ??= this.askRole?.().finally(() => (this.asking = undefined))
    const role = await (this.asking ?? Promise.resolve(this.currentRole))
    this.setRole(role)
    return role
  }

  /** For every line to the server about this graph: whether to come back after being sent out. */
  readonly mayReturn = async (): Promise<boolean> => this.askRole !== undefined && (await this.learnRole()) !== null

  private takeHigherRole(told: string): void {
    const role = roles.find((one) => one === told)
    if (role === undefined || role === this.currentRole) return
    this.setRole(role)
    this.connection.rejoin()
  }

  private setRole(role: Role | null): void {
    if (role === this.currentRole) return
    this.currentRole = role
    this.roleListeners.call()
  }

  /** Why these ports can't be connected, or undefined if they can. */
  mayConnect(ends: Ends): Problem | undefined {
    return mayConnect(this.store, this.store.meta, this.types, ends)
  }

  close(): void {
    for (const stop of this.stops) stop()
    this.run.close()
    this.discussion.close()
    this.problems.close()
    this.presence.close()
    this.undo.close()
    this.store.close()
    this.connection.close()
    this.document.doc.destroy()
  }

  /** The first state is read into rows at once, so that whoever waits for it never sees an empty graph first. */
  private showWhenLoaded(): () => void {
    const stop = this.connection.subscribe(() => {
      if (!this.connection.loaded) return
      stop()
      this.store.flush()
    })
    return stop
  }

  /** What someone else deleted is no longer selected. */
  private forgetDeleted(): void {
    const { ids } = this.selection
    const left = [...ids].filter((id) => this.store.node(id) ?? this.store.edge(id))
    if (left.length < ids.size) this.selection.set(left)
  }
}
