/** Where a thread is, in words: what it is about is called as it is now, or, when it is gone, as it was. */
import { isOrphan } from '@/document/discussion'
import type { OpenGraph } from '@/document/openGraph'
import type { Thread } from '@/document/schema.gen'
import { titleOf } from '@/document/titles'
import { fieldsOf } from '@/nodes/schemaFields'

export interface Place {
  /** "Node", "Field", "Run": what kind of thing it is. */
  kind: string
  name: string
  /** What it was about is no longer in the graph. */
  gone: boolean
}

export function placeOf(graph: OpenGraph, thread: Pick<Thread, 'anchor' | 'quote'>): Place {
  const { anchor, quote } = thread
  const gone = isOrphan(thread, graph.store)
  const nameOf = (id: string) => {
    const node = graph.store.node(id)
    return node && titleOf(node, graph.types.get(node.type))
  }
  switch (anchor.type) {
    case 'node':
      return { kind: 'Node', name: nameOf(anchor.node) ?? quote, gone }
    case 'field': {
      const type = graph.types.get(graph.store.node(anchor.node)?.type ?? '')
      const title = (type && fieldsOf(type.params).find(({ key }) => key === anchor.param)?.title) ?? anchor.param
      const node = nameOf(anchor.node)
      return { kind: 'Field', name: node === undefined ? quote : `${node} · ${title}`, gone }
    }
    case 'edge': {
      const edge = graph.store.edge(anchor.edge)
      const ends = edge && [edge.source, edge.target].map((id) => nameOf(id) ?? 'a node')
      return { kind: 'Connection', name: edge?.label || ends?.join(' → ') || quote, gone }
    }
    case 'canvas':
      return { kind: 'Canvas', name: 'A place on the canvas', gone }
    case 'runEvent':
      return { kind: 'Run', name: quote || `Event ${String(anchor.seq)} of a run`, gone }
    case 'unknown':
      return { kind: 'Elsewhere', name: quote || 'Something this version does not know', gone }
  }
}
