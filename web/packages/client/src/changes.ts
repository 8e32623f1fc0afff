/** What changed in a graph, said in the words of the model, once per transaction: the twin of flowroom/changes.py. */
import * as Y from 'yjs'
import type { GraphDocument } from '@/document/graphDocument'

type Root = Y.Map<unknown>
type Event = Y.YEvent<Y.AbstractType<unknown>>

/**
 * One record that was added, updated or removed. `fields` names the keys that were updated, as they are written down
 * (`runWhen`, `params.prompt`); it is empty where the whole record is new, gone or replaced. `id` is empty for `meta`.
 */
export interface Change {
  kind: 'meta' | 'node' | 'edge' | 'breakpoint' | 'template'
  action: 'added' | 'updated' | 'removed'
  id: string
  fields: readonly string[]
  /** Whether this program made it. */
  mine: boolean
}

/** Calls back after each transaction that changed something; gives what ends it. */
export function observeChanges(document: GraphDocument, tell: (changes: Change[]) => void): () => void {
  const seen = new Map<string, Change>()
  const stops = rootsOf(document).map(([kind, root]) => {
    const gather = (events: Event[], { local }: Y.Transaction) => {
      for (const event of events) for (const change of changesIn(kind, event, local)) note(seen, change)
    }
    root.observeDeep(gather)
    return () => root.unobserveDeep(gather)
  })
  const flush = () => {
    if (seen.size === 0) return
    const changes = [...seen.values()]
    seen.clear()
    tell(changes)
  }
  document.doc.on('afterTransaction', flush)
  stops.push(() => document.doc.off('afterTransaction', flush))
  return () => {
    for (const stop of stops) stop()
  }
}

function rootsOf(document: GraphDocument): [Change['kind'], Root][] {
  const { meta, nodes, edges, breakpoints, templates } = document
  return [
    ['meta', meta],
    ['node', nodes as Root],
    ['edge', edges as Root],
    ['breakpoint', breakpoints],
    ['template', templates],
  ]
}

/** One change per record: what happens inside a record that is new or gone is part of that. */
function note(seen: Map<string, Change>, change: Change): void {
  const key = `${change.kind} ${change.id}`
  const known = seen.get(key)
  if (known === undefined || (known.fields.length > 0 && change.fields.length === 0)) seen.set(key, change)
  else if (known.fields.length > 0) seen.set(key, { ...known, fields: [...new Set([...known.fields, ...change.fields])] })
}

const actions = { add: 'added', update: 'updated', delete: 'removed' } as const

function changesIn(kind: Change['kind'], event: Event, mine: boolean): Change[] {
  const [first, ...rest] = event.path.map(String)
  const keys = event.target instanceof Y.Map ? [...event.keys] : []
  const names = keys.map(([key]) => key)
  if (kind === 'meta') return [{ kind, action: 'updated', id: '', fields: first === undefined ? names : [first], mine }]
  if (first === undefined) return keys.map(([id, { action }]) => ({ kind, action: actions[action], id, fields: [], mine }))
  return [{ kind, action: 'updated', id: first, fields: fieldsOf(rest, names), mine }]
}

/** `params` goes one key deeper than other fields, because each parameter is edited by itself. */
function fieldsOf(path: string[], keys: string[]): string[] {
  const [field, param] = path
  if (field === undefined) return keys
  if (field !== 'params') return [field]
  return param === undefined ? keys.map((key) => `params.${key}`) : [`params.${param}`]
}
