/** Running a graph and watching it, with the engine that `flowroom up` starts. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connect, type RunView, type Workspace } from '../src/index'
import { Flowroom } from './flowroom'
import { forgetful } from './forgetful'

let flowroom: Flowroom
let workspace: Workspace

beforeAll(async () => {
  flowroom = await Flowroom.start('up')
  workspace = connect(flowroom.address)
})
afterAll(() => flowroom.end())

it('is watched state by state, to its end', async () => {
  await using graph = await workspace.open(await workspace.createGraph('Greeter'))
  const greeting = graph.addNode('Template', { params: { template: 'Hello Ada' } })
  const log = graph.addNode('Log')
  graph.connect(greeting, log)
  const run = await graph.run()

  const seen: RunView[] = []
  for await (const state of run) seen.push(state)

  expect(seen.at(-1)).toMatchObject({ id: run.id, graph: graph.id, status: 'succeeded' })
  expect(seen.at(-1)?.nodes[greeting]).toMatchObject({ status: 'succeeded', preview: 'Hello Ada' })
  expect((await run.finished()).status).toBe('succeeded')
  expect(run.stream(greeting)).toBe('')

  const next = await graph.run() // KIT-11
  expect([run.status, next.status]).toEqual(['closed', 'online'])
  expect((await run.finished()).nodes[greeting]?.preview).toBe('Hello Ada')
})

it('KIT-11: is not watched when its graph was left while it was started', async () => {
  const graph = await workspace.open(await workspace.createGraph('Left'))
  const started = graph.run()
  await graph.leave()

  expect((await started).status).toBe('closed')
  await expect(graph.run()).rejects.toThrow('This was left')
})

it('tells what its nodes gave, however large', async () => {
  await using graph = await workspace.open(await workspace.createGraph('Large'))
  const text = 'Grüße '.repeat(1000)
  const code = graph.addNode('Code', { params: { source: text } })
  const all = graph.addNode('Merge')
  graph.connect(code, all)
  const run = await graph.run()
  await run.finished()

  expect(await workspace.runOutputs(run.id)).toEqual({ [code]: { output: text }, [all]: { output: [text] } })
})

it('is started once though answers get lost', async () => {
  const line = await forgetful(flowroom.url, 2)
  const far = connect({ url: line.url, token: await flowroom.tokenFor('editor', 'Far') })
  await using graph = await far.open(await workspace.createGraph('Half heard'))
  graph.addNode('Template', { params: { template: 'Hello' } })
  const run = await graph.run()

  expect((await run.finished()).status).toBe('succeeded')
  expect((await workspace.activity(graph.id, { kind: 'run.started' })).length).toBe(1)
  line.end()
})
