/** What going back to a version would do, line by line: what comes back, what goes, and what of the rest changes. */
import type { Change, Difference, FieldChange } from '@/document/difference'
import type { Edge, Node, NodeType } from '@/document/schema.gen'
import { titleOf } from '@/document/titles'

export type Fate = Change<Node>['kind']

export interface ChangeLine {
  id: string
  fate: Fate
  name: string
  fields: readonly FieldWords[]
}

export interface FieldWords {
  name: string
  /** Missing where the values are too long for a line, or say nothing to people. */
  values?: { before: string; after: string }
}

type Types = ReadonlyMap<string, NodeType>
type Find = (id: string) => Node | undefined

const longestValue = 40
const names: Record<string, string> = {
  'name': 'Name',
  'pos': 'Place',
  'size': 'Size',
  'parent': 'Group',
  'disabled': 'Switched off',
  'runWhen': 'Runs when',
  'onError': 'On an error',
  'retry': 'Tries again',
  'timeout': 'Time limit',
  'pinned': 'Pinned output',
  'source': 'From',
  'sourcePort': 'Output',
  'target': 'To',
  'targetPort': 'Input',
  'varName': 'Variable',
  'condition': 'Condition',
  'label': 'Label',
  'order': 'Order',
  'description': 'Description',
  'live': 'Live',
  'execution': 'Execution',
  'flowVariables': 'Variables flow',
}
/** Whose values are numbers or ids that nobody knows. */
const untold: ReadonlySet<string> = new Set(['pos', 'size', 'parent', 'source', 'target', 'order'])

/** An edge is a line of its own only if both its nodes stay: else it comes, or goes, with one of them. */
export function changeLines({ nodes, edges, graph }: Difference, types: Types, find: Find): ChangeLine[] {
  const stays = (id: string) => (nodes.get(id)?.kind ?? 'changed') === 'changed'
  const lines: ChangeLine[] = []
  for (const [id, change] of nodes) {
    const type = types.get(change.row.type)
    const fields = change.kind === 'changed' ? change.fields.map((field) => fieldWords(field, type)) : []
    lines.push({ id, fate: change.kind, name: titleOf(change.row, type), fields })
  }
  for (const [id, change] of edges) {
    if (!stays(change.row.source) || !stays(change.row.target)) continue
    const fields = change.kind === 'changed' ? change.fields.map((field) => fieldWords(field)) : []
    lines.push({ id, fate: change.kind, name: edgeName(change.row, types, find), fields })
  }
  if (graph.length > 0) lines.push({ id: '', fate: 'changed', name: 'The graph itself', fields: graph.map((field) => fieldWords(field)) })
  const rank: Record<Fate, number> = { added: 0, removed: 1, changed: 2 }
  return lines.sort((a, b) => rank[a.fate] - rank[b.fate])
}

function edgeName({ source, target }: Edge, types: Types, find: Find): string {
  const name = (id: string) => {
    const node = find(id)
    return node === undefined ? 'nothing' : titleOf(node, types.get(node.type))
  }
  return `${name(source)} → ${name(target)}`
}

function fieldWords({ field, before, after }: FieldChange, type?: NodeType): FieldWords {
  const param = field.startsWith('params.') ? field.slice('params.'.length) : undefined
  const name = param === undefined ? (names[field] ?? field) : (titleOfParam(type, param) ?? param)
  const [was, is] = [shown(before), shown(after)]
  if (untold.has(field) || was === undefined || is === undefined) return { name }
  return { name, values: { before: was, after: is } }
}

function titleOfParam(type: NodeType | undefined, param: string): string | undefined {
  const { properties } = (type?.params ?? {}) as { properties?: Record<string, { title?: string } | undefined> }
  return properties?.[param]?.title
}

function shown(value: unknown): string | undefined {
  if (value === undefined || value === null) return 'nothing'
  if (value === '') return 'empty'
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const text = String(value)
  return text.length > longestValue || text.includes('\n') ? undefined : text
}
