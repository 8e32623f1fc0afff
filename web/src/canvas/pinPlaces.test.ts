// @vitest-environment jsdom
import { expect, it } from 'vitest'

import type { Thread } from '@/document/schema.gen'
import { openTestGraph } from '@/nodes/testGraph'

import { pinsInView, pinsOf } from './pinPlaces'
import { layOut } from './scene'

const ada = { id: 'ada', name: 'Ada', colour: '#2b7fe0', kind: 'person' as const }

function thread(id: string, anchor: Thread['anchor']): Thread {
  const message = { id, author: ada, at: 1, body: 'x', editedAt: null, deletedAt: null, mentions: [], reactions: {} }
  return { id, anchor, quote: '', state: 'open', resolved: null, messages: [message] }
}

function scene() {
  const graph = openTestGraph()
  graph.document.addNode('LLM', { id: 'a', pos: [0, 0] })
  graph.document.addNode('Log', { id: 'b', pos: [600, 0] })
  graph.document.connect({ id: 'e', source: 'a', target: 'b' })
  graph.store.flush()
  const laid = layOut(graph.store.nodes, graph.store.edges, graph.types)
  graph.close()
  return laid
}

it('has one pin for all that is about a node, its fields among it', () => {
  const pins = pinsOf([thread('1', { type: 'node', node: 'a' }), thread('2', { type: 'field', node: 'a', param: 'model' })], scene())
  expect(pins.map(({ key, threads }) => [key, threads.map(({ id }) => id)])).toEqual([['node:a', ['1', '2']]])
})

it('stands at the corner of a node, in the middle of an edge, and at a place', () => {
  const laid = scene()
  const box = laid.nodes.get('a')?.box ?? { x: 0, y: 0, width: 0, height: 0 }
  const places = pinsOf(
    [thread('n', { type: 'node', node: 'a' }), thread('e', { type: 'edge', edge: 'e' }), thread('c', { type: 'canvas', at: [7, 9] })],
    laid,
  ).map(({ at }) => at)
  expect(places[0]).toEqual([box.width - 4, 2])
  expect(places[1]?.[0]).toBeGreaterThan(box.width)
  expect(places[2]).toEqual([7, 9])
})

it('has no pin for what is gone, what happened in a run, and what nobody knows', () => {
  const lost = [{ type: 'node', node: 'x' }, { type: 'edge', edge: 'x' }, { type: 'runEvent', run: 'r', seq: 1 }, { type: 'unknown' }] as const
  expect(pinsOf(lost.map((anchor) => thread('t', anchor)), scene())).toEqual([])
})

it('has a pin where a thread is about to begin', () => {
  expect(pinsOf([], scene(), { type: 'node', node: 'b' })).toMatchObject([{ key: 'node:b', threads: [] }])
})

it('draws only what is in view, and the one that is open', () => {
  const threads = Array.from({ length: 200 }, (_, at) => thread(String(at), { type: 'canvas', at: [at * 1000, 0] }))
  const pins = pinsOf(threads, scene())
  const window = { width: 1500, height: 800 }
  expect(pinsInView(pins, { x: 0, y: 100, zoom: 1 }, window)).toEqual(['canvas:0,0', 'canvas:1000,0'])
  expect(pinsInView(pins, { x: 0, y: 100, zoom: 1 }, window, 'canvas:50000,0')).toEqual(['canvas:0,0', 'canvas:1000,0', 'canvas:50000,0'])
  expect(pinsInView(pins, { x: 0, y: 100, zoom: 0.1 }, window)).toHaveLength(16)
})
