/** One graph opened by one person: its document, rows, undo, presence, line to the server, selection, shown run and discussion. */
import * as Y from 'yjs'
import { Camera } from './camera'
import { mayConnect, type Ends, type Problem } from './checks'
import { Connection, type ConnectionOptions } from './connection'
import { GraphDocument } from './graphDocument'
import { offlineCopyNamed } from './offlineCopy'
import { OpenDiscussion } from './openDiscussion'
import { PresenceChannel } from './presence'
import { Problems } from './problems'
import { graphPath, roles } from './protocol.gen'
import { ShownRun } from './runDocument'
import type { NodeType, User } from './schema.gen'
import { Selection } from './selection'
import { GraphStore } from './store'
import { UndoHistory } from './undo'

export type Role = (typeof roles)[number]

/** A role may do everything that the roles before it may. */
export const mayAs = (role: Role, needed: Role) => roles.indexOf(role) >= roles.indexOf(needed)

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
}

export class OpenGraph {
  readonly id: string
  readonly me: User
  readonly role: Role
  readonly canEdit: boolean
  readonly canRun: boolean
  readonly canComment: boolean
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
  private readonly stops: (() => void)[]

  constructor({ id, me, role, types, server, keepOfflineCopy, keepVersion }: GraphAccess) {
    this.id = id
    this.me = me
    this.role = role
    this.canEdit = mayAs(role, 'editor')
    this.canRun = mayAs(role, 'runner')
    this.canComment = mayAs(role, 'commenter')
    this.types = new Map(types.map((type) => [type.type, type]))
    this.connection = new Connection(this.document.doc, {
      server,
      path: graphPath(id),
      ...(keepOfflineCopy && { offlineCopy: offlineCopyNamed(`flowroom:graph:${id}`) }),
      ...(this.canEdit && keepVersion && { keepVersion }),
    })
    this.presence = new PresenceChannel(this.connection.awareness, me)
    this.run = new ShownRun({ server })
    this.discussion = new OpenDiscussion(id, { server, keepOfflineCopy })
    this.problems = new Problems(this.store, this.types)
    this.stops = [
      this.showWhenLoaded(),
      this.store.subscribe(() => this.run.latestIs(this.store.meta.lastRun)),
      this.store.subscribe(() => this.forgetDeleted()),
      this.selection.subscribe(() => this.presence.set({ selection: [...this.selection.ids].slice(0, 50) })),
    ]
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
