import * as Y from 'yjs'
import { visible } from '@/document/checks'
import { GraphDocument } from '@/document/graphDocument'
import type { Edge, Graph, Meta, Node } from '@/document/schema.gen'

/** The graph of a version's bytes, without what can't be shown; undefined if they are none. */
export function readVersion(state: Uint8Array): Graph | undefined {
  const doc = new Y.Doc()
  try {
    Y.applyUpdate(doc, state)
    const document = new GraphDocument(doc)
    const { meta, nodes, edges } = document.graph()
    return graphOf(document, { meta, ...visible({ nodes: Object.values(nodes), edges: Object.values(edges) }) })
  } catch {
    return undefined
  } finally {
    doc.destroy()
  }
}

/** A graph of the rows that are shown of a document, and of what has no rows. */
export function graphOf(document: GraphDocument, rows: { nodes: readonly Node[]; edges: readonly Edge[]; meta: Meta }): Graph {
  return {
    meta: rows.meta,
    nodes: byId(rows.nodes),
    edges: byId(rows.edges),
    breakpoints: document.breakpoints.toJSON() as Graph['breakpoints'],
    templates: document.templates.toJSON() as Graph['templates'],
  }
}

const byId = <Row extends Node | Edge>(rows: readonly Row[]) => Object.fromEntries(rows.map((row) => [row.id, row]))
