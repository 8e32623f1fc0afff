/** What leads from one graph to another: the records that come, go and change. Pure. */
import { type Fields, sameJson } from './records'
import type { Edge, Graph, Node } from './schema.gen'

type Row = Partial<Node> & Partial<Edge>

export interface FieldChange {
  /** A key of the record; of a parameter `params.` and its name. */
  field: string
  before: unknown
  after: unknown
}

export type Change<Of> =
  | { kind: 'added' | 'removed'; row: Of }
  | { kind: 'changed'; row: Of; fields: readonly FieldChange[] }

export interface Difference {
  nodes: ReadonlyMap<string, Change<Node>>
  edges: ReadonlyMap<string, Change<Edge>>
  /** Settings of the graph as a whole. */
  graph: readonly FieldChange[]
}

const own: ReadonlySet<string> = new Set(['title', 'schemaVersion', 'lastRun', 'createdFrom'])

/** Whether a graph keeps this key of its own whichever of its versions it becomes: what it is called, and where it stands. */
export const keepsItself = (key: string) => own.has(key)

export function differenceOf(before: Graph, after: Graph): Difference {
  return {
    nodes: changesOf(before.nodes, after.nodes),
    edges: changesOf(before.edges, after.edges),
    graph: [
      ...fieldsOf({ ...before.meta }, { ...after.meta }).filter(({ field }) => !keepsItself(field)),
      ...fieldsOf(before.breakpoints, after.breakpoints, 'breakpoints.'),
      ...fieldsOf(before.templates, after.templates, 'templates.'),
    ],
  }
}

export const isNothing = ({ nodes, edges, graph }: Difference) => nodes.size + edges.size + graph.length === 0

function changesOf<Of extends Node | Edge>(before: Record<string, Of>, after: Record<string, Of>): Map<string, Change<Of>> {
  const changes = new Map<string, Change<Of>>()
  for (const [id, row] of Object.entries(after)) {
    const old = before[id]
    const fields = old === undefined ? [] : fieldsOfRow(old, row)
    if (old === undefined) changes.set(id, { kind: 'added', row })
    else if (fields.length > 0) changes.set(id, { kind: 'changed', row, fields })
  }
  for (const [id, row] of Object.entries(before)) if (!(id in after)) changes.set(id, { kind: 'removed', row })
  return changes
}

function fieldsOfRow({ params: before = {}, ...old }: Row, { params: after = {}, ...now }: Row): FieldChange[] {
  return [...fieldsOf(old, now), ...fieldsOf(before, after, 'params.')]
}

function fieldsOf(before: Fields, after: Fields, prefix = ''): FieldChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) => {
    const change = { field: prefix + key, before: before[key], after: after[key] }
    return sameJson(change.before, change.after) ? [] : [change]
  })
}
