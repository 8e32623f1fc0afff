/** Versions from a program, against the real server: KIT-8. */
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { connect, FlowroomError, type LiveGraph, NoSuchDocument } from '../src/index'
import { Flowroom, until } from './flowroom'

let flowroom: Flowroom

beforeAll(async () => {
  flowroom = await Flowroom.start()
})
afterAll(() => flowroom.end())
afterEach(() => vi.unstubAllGlobals())

/** Edits by someone else that arrive here while a graph is being kept: after it was, and before that is known. */
function whileKept(here: LiveGraph, theirs: LiveGraph, times: number): void {
  const real = globalThis.fetch
  vi.stubGlobal('fetch', async (url: string, how: RequestInit) => {
    const answer = await real(url, how)
    if (how.method === 'POST' && times-- > 0) {
      const late = theirs.addNode('Log', { name: 'Late' })
      await until(() => here.nodes.some(({ id }) => id === late))
    }
    return answer
  })
}

it('undoes nothing of others that was not kept before', async () => {
  const ada = connect(flowroom.address)
  const graph = await ada.open(await ada.createGraph('Busy'))
  const theirs = await ada.open(graph.id)
  const empty = await graph.keepVersion('Empty')

  whileKept(graph, theirs, 1)
  const aside = await graph.goBack(empty)
  expect(graph.nodes).toEqual([])
  expect(aside.nodes).toBe(1)
  expect(await graph.versions()).toHaveLength(3)

  whileKept(graph, theirs, 9)
  await expect(graph.goBack(empty)).rejects.toThrow(FlowroomError)
  expect(graph.nodes).toHaveLength(3)
  await Promise.all([graph.leave(), theirs.leave()])
})

it('keeps a graph and goes back to it', async () => {
  const ada = connect(flowroom.address)
  const graph = await ada.open(await ada.createGraph('G'))
  const [a, b] = [graph.addNode('Template', { params: { template: 'Hi' } }), graph.addNode('Log')]
  graph.connect(a, b)
  const kept = await graph.keepVersion('Before the change')
  expect(kept).toMatchObject({ label: 'Before the change', reason: 'kept', nodes: 2, edges: 1 })
  graph.setParam(a, 'template', 'Bye')
  graph.remove(b)
  graph.setMeta({ title: 'Called otherwise' })

  const aside = await graph.goBack(kept)

  expect(graph.node(a).params['template']).toBe('Hi')
  expect(graph.presence.own.wentBack).toBe(aside.id)
  expect(graph.nodes.map(({ id }) => id).sort()).toEqual([a, b].sort())
  expect(graph.edges).toHaveLength(1)
  expect(graph.meta.title).toBe('Called otherwise')
  expect((await graph.versions()).map(({ id }) => id)).toEqual([aside.id, kept.id])
  await graph.goBack(aside.id)
  expect(graph.nodes.map(({ id }) => id)).toEqual([a])
  expect(graph.node(a).params['template']).toBe('Bye')
  await expect(graph.goBack('none such')).rejects.toBeInstanceOf(NoSuchDocument)
  await graph.leave()
})

it('saves an edit that is larger than a frame may be (WEB-50)', async () => {
  const workspace = connect(flowroom.address)
  const made = await workspace.createGraph('Large')
  const [one, other] = [await workspace.open(made), await workspace.open(made)]
  const long = one.addNode('Template')
  const add = (letter: string) =>
    one.transact(() => {
      for (let at = 0; at < 60; at++) one.addNode('LLM', { params: { prompt: letter.repeat(20_000) } })
      one.setParam(long, 'template', `😀${letter}`.repeat(250_000))
    })
  const agree = async (many: number, letter: string) => {
    const texts = () => other.nodes.map(({ params }) => String(params['prompt'] ?? params['template']).length)
    const length = 60 * many * 20_000 + 750_000
    await until(() => texts().reduce((all, each) => all + each, 0) === length)
    expect(other.node(long).params['template'] === `😀${letter}`.repeat(250_000)).toBe(true)
  }
  add('x')
  await agree(1, 'x')
  add('y')
  await one.saved()
  await agree(2, 'y')
})
