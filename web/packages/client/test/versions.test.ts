/** Versions from a program, against the real server: KIT-8. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connect, NoSuchDocument } from '../src/index'
import { Flowroom } from './flowroom'

let flowroom: Flowroom

beforeAll(async () => {
  flowroom = await Flowroom.start()
})
afterAll(() => flowroom.end())

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
