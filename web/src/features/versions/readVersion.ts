import { visible } from '@/document/checks'
import { graphOfState } from '@/document/graphOfState'
import type { Edge, Graph, Node } from '@/document/schema.gen'

/** The graph of a version's bytes, without what can't be shown; undefined if they are none. */
export function readVersion(state: Uint8Array): Graph | undefined {
  try {
    const graph = graphOfState(state)
    return withRows(graph, visible({ nodes: Object.values(graph.nodes), edges: Object.values(graph.edges) }))
  } catch {
    return undefined
  }
}

/** A graph with just these nodes and edges. */
export function withRows<Rest extends Omit<Graph, 'nodes' | 'edges'>>(rest: Rest, rows: { nodes: readonly Node[]; edges: readonly Edge[] }) {
  return { ...rest, nodes: byId(rows.nodes), edges: byId(rows.edges) }
}

const byId = <Row extends Node | Edge>(rows: readonly Row[]) => Object.fromEntries(rows.map((row) => [row.id, row]))
