/** A program that asks for permission: it waits, hears the answer, and may at once. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type AccessRequest, connect, type LiveGraph, NotAllowed, type Workspace } from '../src/index'
import { Flowroom, until } from './flowroom'

let flowroom: Flowroom
let ada: Workspace

beforeAll(async () => {
  flowroom = await Flowroom.start()
  ada = connect(flowroom.address)
})
afterAll(() => flowroom.end())

async function asked(graph: LiveGraph): Promise<AccessRequest> {
  let found: AccessRequest | undefined
  await until(async () => (found = (await graph.accessRequests())[0]) !== undefined)
  return found as AccessRequest
}

/** A graph as its admin has it open, and as a viewer does. */
async function two(): Promise<[LiveGraph, LiveGraph]> {
  const graph = await ada.open(await ada.createGraph('Asked for'))
  const viewer = connect({ url: flowroom.url, token: await flowroom.tokenFor('viewer', 'Bo') })
  return [graph, await viewer.open(graph.id)]
}

it('edits on the connection that it has, once it was granted', async () => {
  const [graph, theirs] = await two()
  const asking = theirs.ask('editor', { reason: 'to tidy up' })
  const request = await asked(graph)
  expect(request).toMatchObject({ role: 'editor', reason: 'to tidy up', asker: { name: 'Bo' } })

  await graph.grant(request)

  expect(await asking).toBe('editor')
  expect(await theirs.role()).toBe('editor')
  const node = theirs.addNode('Log')
  await theirs.saved()
  await until(() => graph.nodes.some(({ id }) => id === node))
  expect(await theirs.ask('runner')).toBe('editor')
  await Promise.all([graph.leave(), theirs.leave()])
})

it('throws what was said when it is declined, and goes on waiting while the server is away', async () => {
  const [graph, theirs] = await two()
  const asking = theirs.ask('admin')
  const refused = expect(asking).rejects.toThrow(/declined the role admin: ask Grace/)
  const request = await asked(graph)
  await expect(theirs.grant(request.id)).rejects.toBeInstanceOf(NotAllowed)
  await flowroom.stop()
  await flowroom.start()

  await graph.decline(request.id, { note: 'ask Grace' })

  await refused
  await Promise.all([graph.leave(), theirs.leave()])
})
