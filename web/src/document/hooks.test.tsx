import { act, render } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { GraphContext, useNode } from './hooks'
import { OpenGraph } from './openGraph'

const me = { id: 'ann', name: 'Ann', colour: '#336699', kind: 'person' as const }

function open(): OpenGraph {
  return new OpenGraph({ id: 'g', me, role: 'editor', types: [], server: 'ws://127.0.0.1:9', keepOfflineCopy: false })
}

describe('what shows a node', () => {
  it('renders again only when that node changes, whoever changed it', async () => {
    const graph = open()
    const ids = Array.from({ length: 200 }, () => graph.document.addNode('Log'))
    let renders = 0
    function Card({ id }: { id: string }) {
      renders++
      return <p>{useNode(id)?.name}</p>
    }
    render(
      <GraphContext value={graph}>
        {ids.map((id) => (
          <Card key={id} id={id} />
        ))}
      </GraphContext>,
    )
    expect(renders).toBe(200)

    const [first = ''] = ids
    act(() => graph.document.updateNode(first, { name: 'Mine' }))
    expect(renders).toBe(201)

    const other = new Y.Doc()
    Y.applyUpdate(other, Y.encodeStateAsUpdate(graph.document.doc))
    ;(other.getMap('nodes').get(first) as Y.Map<unknown>).set('pos', [80, 80])
    const news = Y.encodeStateAsUpdate(other, Y.encodeStateVector(graph.document.doc))
    await act(async () => {
      Y.applyUpdate(graph.document.doc, news, 'server')
      await expect.poll(() => graph.store.node(first)?.pos).toEqual([80, 80])
    })
    expect(renders).toBe(202)
    graph.close()
  })
})
