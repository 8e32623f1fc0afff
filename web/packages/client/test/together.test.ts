/** Two programs and a server: what one does the other sees, and nothing is lost on the way. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Change,
  connect,
  ConnectionLost,
  InvalidGraph,
  type LiveGraph,
  NoSuchDocument,
  NoSuchNode,
  NotAllowed,
  NotSignedIn,
  RequestRefused,
  type Workspace,
} from '../src/index'
import { Flowroom, until } from './flowroom'

let flowroom: Flowroom
let workspace: Workspace

beforeAll(async () => {
  flowroom = await Flowroom.start('serve', { FLOWROOM_MAX_DOCUMENT_BYTES: '40000' })
  workspace = connect(flowroom.address)
})
afterAll(() => flowroom.end())

async function two(): Promise<[LiveGraph, LiveGraph]> {
  const made = await workspace.createGraph('Together')
  return [await workspace.open(made), await workspace.open(made.id)]
}

describe('a workspace', () => {
  it('says who one is, and which graphs and node types there are', async () => {
    const made = await workspace.createGraph('Find me')

    expect((await workspace.me()).role).toBe('admin')
    expect((await workspace.graphs('find me')).map(({ id }) => id)).toEqual([made.id])
    expect((await workspace.nodeTypes()).map(({ type }) => type)).toContain('Template')
    await workspace.deleteGraph(made.id)
    await expect(workspace.open(made)).rejects.toBeInstanceOf(NoSuchDocument)
  })

  it('KIT-12: opens as many graphs as one likes, and leaves nothing with the process', async () => {
    const before = process.listenerCount('exit')
    const [one, other] = await two()

    expect(process.listenerCount('exit')).toBe(before)
    await Promise.all([one.leave(), other.leave()])
    expect(process.listenerCount('exit')).toBe(before)
  })

  it('imports a file, and makes a graph of content that was read elsewhere', async () => {
    const [one] = await two()
    one.addNode('Log', { id: 'log', name: 'Kept' })
    const file = new TextEncoder().encode(JSON.stringify(await exported(one)))

    const { graphs } = await workspace.importFile(file, 'kept.json')
    const again = await workspace.createGraph('Again', one.graph)

    expect(graphs).toMatchObject([{ title: 'Together', nodes: 1 }])
    expect(again.nodes).toBe(1)
    await one.leave()
  })

  it('tells a wrong token, a role that is too low and a graph that is not there apart', async () => {
    const viewer = connect({ url: flowroom.url, token: await flowroom.tokenFor('viewer') })

    await expect(connect({ url: flowroom.url, token: 'wrong' }).graphs()).rejects.toBeInstanceOf(NotSignedIn)
    await expect(viewer.createGraph('Mine')).rejects.toBeInstanceOf(NotAllowed)
    await expect(workspace.open('nowhere')).rejects.toBeInstanceOf(NoSuchDocument)
    await expect(workspace.importFile(new TextEncoder().encode('no'), 'bad.json')).rejects.toBeInstanceOf(RequestRefused)
    await expect(connect('http://127.0.0.1:9').graphs()).rejects.toBeInstanceOf(ConnectionLost)
  })
})

describe('an open graph', () => {
  it('shows an edit at once, saves it, and brings it to the others as one change', async () => {
    const [one, other] = await two()
    const changes = other.changes()

    const [greeting, log] = one.transact(() => {
      const template = one.addNode('Template', { pos: [0.4, 0], params: { template: 'Hello' } })
      const log = one.addNode('Log', { pos: [300, 0] })
      one.connect(template, log)
      return [template, log] as const
    })
    expect(one.nodes.map(({ id }) => id).sort()).toEqual([greeting, log].sort())
    await one.saved()

    const seen = [await changes.next(), await changes.next(), await changes.next()].map(({ value }) => value as Change)
    expect(seen.map(({ kind, action }) => `${kind} ${action}`)).toEqual(['node added', 'node added', 'edge added'])
    expect(other.graph).toEqual(one.graph)
    await Promise.all([one.leave(), other.leave()])
  })

  it('takes every edit that the table of both clients names', async () => {
    const [one, other] = await two()
    const a = one.addNode('Template', { name: 'A' })
    const b = one.addNode('Log')
    const edge = one.connect(a, b)
    one.setParam(a, 'template', 'Hé😀')
    one.text(a, 'template').insert(0, '¡')
    one.updateNode(a, { disabled: true })
    one.move({ [b]: [120, 40], gone: [1, 1] })
    one.updateEdge(edge, { label: 'then' })
    one.setMeta({ title: 'Renamed' })
    const c = one.addNode('Log')
    one.remove(c, 'gone')
    await one.saved()

    await until(() => other.meta.title === 'Renamed' && other.nodes.length === 2)
    expect(other.node(a)).toMatchObject({ name: 'A', disabled: true, params: { template: '¡Hé😀' } })
    expect(other.node(b).pos).toEqual([120, 40])
    expect(other.edge(edge).label).toBe('then')
    expect(other.edges).toHaveLength(1)
    await Promise.all([one.leave(), other.leave()])
  })

  it('refuses what the model does not allow, and changes nothing by it', async () => {
    const [one, other] = await two()
    one.addNode('Log', { id: 'log', params: { prompt: 7 } })
    const before = one.graph

    expect(() => one.addNode('Log', { id: 'log' })).toThrow(InvalidGraph)
    expect(() => one.addNode('Log', { id: 'a/b' })).toThrow(InvalidGraph)
    expect(() => one.connect('log', 'gone')).toThrow(NoSuchNode)
    expect(() => one.setParam('gone', 'x', 1)).toThrow(NoSuchNode)
    expect(() => one.edge('gone')).toThrow(/no edge 'gone'/)
    expect(() => one.text('log', 'anything')).toThrow(InvalidGraph)
    expect(() => one.text('log', 'prompt')).toThrow(/no text/)
    expect(one.graph).toEqual(before)
    await Promise.all([one.leave(), other.leave()])
  })

  it('finds the problems that the editor finds', async () => {
    const [one, other] = await two()
    one.addNode('Nonsense', { id: 'odd' })

    expect((await one.problems()).map(({ code, node }) => [code, node])).toEqual([['W-NODE-UNKNOWN-TYPE', 'odd']])
    await Promise.all([one.leave(), other.leave()])
  })

  it('names what others change: fields of records, parameters, and the graph itself', async () => {
    const [one, other] = await two()
    one.addNode('Template', { id: 'n' })
    await one.saved()
    await until(() => other.nodes.length === 1)
    const changes = other.changes()

    one.setParam('n', 'template', 'x')
    one.text('n', 'template').insert(1, 'y')
    one.updateNode('n', { name: 'N' })
    one.setMeta({ description: 'd' })
    await until(() => other.meta.description === 'd') // or the server tells of all this and the removal as one
    one.remove('n')

    const seen: Change[] = []
    for await (const change of changes) {
      seen.push(change)
      if (change.action === 'removed') break
    }
    expect(new Set(seen.flatMap(({ fields }) => fields))).toEqual(new Set(['params.template', 'name', 'description']))
    expect(seen.at(-1)).toEqual({ kind: 'node', action: 'removed', id: 'n', fields: [], mine: false })
    await Promise.all([one.leave(), other.leave()])
  })

  it('gives one’s own changes to whoever asks for them', async () => {
    const [one, other] = await two()
    const [mine, others] = [one.changes({ mine: true }), one.changes()]
    one.addNode('Log', { id: 'mine' })
    other.addNode('Log', { id: 'theirs' })

    expect([(await mine.next()).value?.id, (await mine.next()).value?.id]).toEqual(['mine', 'theirs'])
    expect((await others.next()).value?.id).toBe('theirs')
    await Promise.all([one.leave(), other.leave()])
    expect((await others.next()).done).toBe(true)
  })
})

describe('presence', () => {
  it('shows what one does to the others, until one leaves', async () => {
    const [one, other] = await two()
    const changes = other.presence.changes()
    one.presence.set({ cursor: [3, 4], selection: ['n'] })

    await until(() => other.presence.others.some(({ cursor }) => cursor?.[0] === 3))
    expect(other.presence.others).toMatchObject([{ cursor: [3, 4], selection: ['n'], drag: null }])
    expect(one.presence.own.cursor).toEqual([3, 4])
    expect((await changes.next()).value).toHaveLength(1)
    const gone = other.presence.changed()
    await one.leave()
    expect(await gone).toEqual([])
    await other.leave()
    for await (const _ of changes); // ends, because the graph was left
  })
})

describe('a connection', () => {
  it('loses nothing (KIT-2) while the server is away, and says where the edits are', async () => {
    const [one, other] = await two()
    const id = one.addNode('Log', { name: 'before' })
    await one.saved()
    await flowroom.stop()
    await until(() => one.status === 'offline' && other.status === 'offline')
    one.addNode('Log', { name: 'offline' })
    other.remove(id)
    let saved = false
    const saving = one.saved().then(() => (saved = true))
    expect(saved).toBe(false)

    await flowroom.start()
    await saving

    await until(() => other.nodes.length === 1 && one.nodes.length === 1)
    expect(one.nodes[0]?.name).toBe('offline')
    await Promise.all([one.leave(), other.leave()])
  })

  it('tells (KIT-2) that edits wait for room, and stores them once others made some', async () => {
    const [one, other] = await two()
    one.addNode('Template', { id: 'long', params: { template: 'x'.repeat(30_000) } })
    await one.saved()
    other.addNode('Template', { id: 'waits', params: { template: 'y'.repeat(30_000) } })
    await until(() => other.status === 'full')
    expect(one.status).toBe('online')

    one.remove('long')
    await other.saved()

    expect(other.status).toBe('online')
    await until(() => one.nodes.map(({ id }) => id).join() === 'waits')
    await Promise.all([one.leave(), other.leave()])
  })

  it('throws (KIT-3) what the server said, once it has closed the door for good', async () => {
    const { id } = await workspace.createGraph('Read only')
    const viewer = connect({ url: flowroom.url, token: await flowroom.tokenFor('viewer') })
    const graph = await viewer.open(id)
    const changes = graph.changes()
    graph.addNode('Log')

    await expect(graph.saved()).rejects.toBeInstanceOf(NotAllowed)
    await expect(changes.next()).rejects.toMatchObject({ code: 4403 })
    expect(graph.status).toBe('closed')
    expect(() => graph.addNode('Log')).toThrow(NotAllowed)
    await expect(graph.leave()).rejects.toBeInstanceOf(NotAllowed)
  })

  it('is over once it was left', async () => {
    const [one, other] = await two()
    other.close()
    await one[Symbol.asyncDispose]()

    expect(one.status).toBe('closed')
    expect(() => one.addNode('Log')).toThrow(ConnectionLost)
    await one.leave()
  })
})

describe('a run that no engine has begun', () => {
  it('is shown as it is to whoever watches it, and as cancelled once it is', async () => {
    const [one, other] = await two()
    one.addNode('Log')
    const run = await one.run()
    const watched = await workspace.openRun(run.id)
    expect(watched.view).toMatchObject({ id: run.id, status: 'created' })
    const changed = watched.changed()

    await run.cancel()

    expect((await changed).status).toBe('cancelled')
    for await (const { status } of run) expect(['created', 'cancelled']).toContain(status)
    watched.close()
    expect(watched.status).toBe('closed')
    await Promise.all([one.leave(), other.leave()])
    expect(run.status).toBe('closed')
  })
})

/** The graph as the server exports it. */
async function exported(graph: LiveGraph): Promise<unknown> {
  await graph.saved()
  return workspace.request('GET', `/api/graphs/${graph.id}/export?format=flowroom`)
}
