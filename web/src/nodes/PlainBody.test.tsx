import { act, render, screen } from '@testing-library/react'
import type * as Y from 'yjs'
import { afterEach, beforeEach, expect, it } from 'vitest'

import type { OpenGraph } from '@/document/openGraph'
import type { Node, NodeType } from '@/document/schema.gen'
import '@/ui/jsdomShims'

import { PlainBody } from './PlainBody'
import { summaryOf } from './summaryOf'
import { InGraph, openTestGraph, testTypes } from './testGraph'
import { TextBody } from './TextBody'

let graph: OpenGraph
beforeEach(() => {
  graph = openTestGraph()
})
afterEach(() => graph.close())

it('WEB-40: a card says until when its node waits', () => {
  graph.document.addNode('Wait', { id: 'w', params: { seconds: 3600 } })
  graph.store.flush()
  graph.run.show('r1')
  render(
    <InGraph graph={graph}>
      <PlainBody id="w" />
    </InGraph>,
  )
  act(() => {
    const doc = graph.run.store?.doc as Y.Doc
    doc.getMap('nodes').set('w', { status: 'waiting', progress: { until: new Date(2030, 0, 31, 9).getTime() / 1000 } })
    graph.run.store?.flush()
  })
  expect(screen.getByText(/^Waits until .*2030.*9:00/)).toBeDefined()
})

it('WEB-40: the card of a node that writes names its model, or in words who provides one', () => {
  for (const [id, params] of [['l', { provider: 'openai' }], ['m', { provider: 'openai', model: 'gpt-4o' }]] as const) {
    graph.document.addNode('LLM', { id, params })
  }
  graph.store.flush()
  render(
    <InGraph graph={graph}>
      <TextBody id="l" />
      <TextBody id="m" />
    </InGraph>,
  )
  expect(screen.getByText('OpenAI')).toBeDefined()
  expect(screen.getByText('gpt-4o')).toBeDefined()
})

it('WEB-40: a card tells a duration as people do, and only what counts', () => {
  const properties = {
    mode: { title: 'Wait for', type: 'string', default: 'duration' },
    seconds: { title: 'Duration', type: 'number', default: 60, 'x-widget': 'duration', 'x-when': { mode: ['duration'] } },
  }
  const type = { ...testTypes[0], params: { properties } } as NodeType
  const told = (params: Record<string, unknown>) => summaryOf({ type: 'Wait', params } as Node, type).map(({ label, value }) => `${label}: ${value}`)
  expect(told({ seconds: 5400 })).toEqual(['Duration: 1 h 30 min'])
  expect(told({ mode: 'time', seconds: 5400 })).toEqual(['Wait for: time'])
})
