// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'
import { OpenGraph } from '@/document/openGraph'
import { openTestGraph } from '@/nodes/testGraph'
import { createNodeInView } from './createNode'
import { layOut } from './scene'

const me = { id: 'ann', name: 'Ann', colour: '#336699', kind: 'person' as const }

describe('a node put where people look', () => {
  it('lies beside the others, never on one of them', () => {
    const graph = new OpenGraph({ id: 'g', me, role: 'editor', types: [], server: 'ws://127.0.0.1:9', keepOfflineCopy: false })

    for (let count = 0; count < 12; count++) createNodeInView(graph, 'Template')

    const places = graph.document.allNodes().map((node) => node.pos)
    for (const [index, [x, y]] of places.entries()) {
      for (const [otherX, otherY] of places.slice(index + 1)) {
        expect(Math.abs(x - otherX) > 200 || Math.abs(y - otherY) > 60).toBe(true)
      }
    }
    graph.close()
  })

  it('of a group is a free place for the whole of its empty frame', () => {
    const graph = openTestGraph()
    for (let count = 0; count < 12; count++) createNodeInView(graph, count % 2 === 0 ? 'Template' : 'Group')

    const scene = layOut(graph.store.nodes, graph.store.edges, graph.types)
    const boxes = [...scene.nodes.values()].map(({ box }) => box)
    const overlaps = boxes.filter((a) => boxes.some((b) => a !== b && a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height))
    expect(overlaps).toEqual([])
    graph.close()
  })
})
