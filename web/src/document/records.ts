/**
 * Records as they stand in the shared document, read as plain immutable rows and written back: the twin of the reading
 * and writing half of flowroom/ydoc.py. A field that a stranger wrote wrongly counts as absent, so that nobody can stop
 * a reader. Keys this version does not know are kept in the row.
 */
import * as Y from 'yjs'
import { edgeDefaults, metaDefaults, nodeDefaults, proseParams } from './protocol.gen'
import type { Edge, Meta, Node } from './schema.gen'

export type SharedRecord = Y.Map<unknown>
export type Fields = Record<string, unknown>

const prose: ReadonlySet<string> = new Set(proseParams)

/** Keys that are written even when they have their default value; any other is absent then. */
const alwaysWritten = {
  node: new Set(['type', 'typeVersion', 'name', 'pos', 'params']),
  edge: new Set(['source', 'sourcePort', 'target', 'targetPort', 'kind', 'order']),
  meta: new Set(['schemaVersion', 'title']),
}
const defaults: Record<RecordKind, Fields> = { node: nodeDefaults, edge: edgeDefaults, meta: metaDefaults }
export type RecordKind = keyof typeof alwaysWritten

export const isProse = (key: string) => prose.has(key)

export function readNode(id: string, shared: SharedRecord): Node {
  const raw: Fields = { ...nodeDefaults, ...readFields(shared), id }
  raw['pos'] = readPair(raw['pos']) ?? [0, 0]
  raw['size'] = readPair(raw['size']) ?? null
  raw['params'] = isObject(raw['params']) ? raw['params'] : {}
  for (const key of ['type', 'name'] as const) if (typeof raw[key] !== 'string') raw[key] = ''
  if (typeof raw['parent'] !== 'string') raw['parent'] = null
  return raw as unknown as Node
}

export function readEdge(id: string, shared: SharedRecord): Edge {
  const raw: Fields = { ...edgeDefaults, ...readFields(shared), id }
  for (const key of ['source', 'target'] as const) if (typeof raw[key] !== 'string') raw[key] = ''
  for (const key of ['sourcePort', 'targetPort', 'kind'] as const) {
    if (typeof raw[key] !== 'string') raw[key] = edgeDefaults[key]
  }
  for (const key of ['varName', 'condition', 'label'] as const) if (typeof raw[key] !== 'string') raw[key] = null
  if (typeof raw['order'] !== 'number') raw['order'] = 0
  return raw as unknown as Edge
}

export function readMeta(shared: SharedRecord): Meta {
  const raw: Fields = { ...metaDefaults, ...readFields(shared) }
  for (const key of ['title', 'description'] as const) if (typeof raw[key] !== 'string') raw[key] = metaDefaults[key]
  if (typeof raw['lastRun'] !== 'string') raw['lastRun'] = null
  return raw as unknown as Meta
}

/** A new shared node or edge with these fields. */
export function sharedRecord(kind: RecordKind, fields: Fields): SharedRecord {
  const shared = new Y.Map<unknown>()
  for (const [key, value] of Object.entries(fields)) {
    if (key === 'id' || key === 'params' || isDefault(kind, key, value)) continue
    shared.set(key, value)
  }
  if (kind === 'node') shared.set('params', sharedParams(fields['params']))
  return shared
}

/** Write the fields that differ from what is there; a default is written as absence. */
export function assignFields(kind: RecordKind, shared: SharedRecord, fields: Fields): void {
  for (const [key, value] of Object.entries(fields)) {
    if (key === 'id' || key === 'params') continue
    if (isDefault(kind, key, value)) shared.delete(key)
    else if (!sameJson(shared.get(key), value)) shared.set(key, value)
  }
}

/** The parameters of a node; made when a stranger wrote the node without them. */
export function paramsOf(shared: SharedRecord): SharedRecord {
  const params = shared.get('params')
  if (params instanceof Y.Map) return params
  const made = new Y.Map<unknown>()
  shared.set('params', made)
  return made
}

/** Set one parameter; a prose text is changed in place, only where it differs. `undefined` removes it. */
export function assignParam(params: SharedRecord, key: string, value: unknown): void {
  const now = params.get(key)
  if (value === undefined) params.delete(key)
  else if (now instanceof Y.Text && typeof value === 'string') rewrite(now, value)
  else if (!sameJson(now, value)) params.set(key, sharedParam(key, value))
}

/** Replace only the part of a shared text that differs, never cutting a surrogate pair in two. */
export function rewrite(text: Y.Text, wanted: string): void {
  const now = text.toString()
  if (now === wanted) return
  let start = 0
  const most = Math.min(now.length, wanted.length)
  while (start < most && now[start] === wanted[start]) start++
  if (isHighSurrogate(now, start - 1)) start--
  let end = 0
  while (end < most - start && now[now.length - 1 - end] === wanted[wanted.length - 1 - end]) end++
  if (end > 0 && isLowSurrogate(now, now.length - end)) end--
  if (now.length - end > start) text.delete(start, now.length - end - start)
  if (wanted.length - end > start) text.insert(start, wanted.slice(start, wanted.length - end))
}

export function sameJson(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b))
}

function sharedParams(params: unknown): SharedRecord {
  const shared = new Y.Map<unknown>()
  if (isObject(params)) for (const [key, value] of Object.entries(params)) shared.set(key, sharedParam(key, value))
  return shared
}

function sharedParam(key: string, value: unknown): unknown {
  return isProse(key) && typeof value === 'string' ? new Y.Text(value) : value
}

function readFields(shared: SharedRecord): Fields {
  const fields: Fields = {}
  shared.forEach((value, key) => {
    fields[key] = value instanceof Y.AbstractType ? (value.toJSON() as unknown) : value
  })
  return fields
}

function isDefault(kind: RecordKind, key: string, value: unknown): boolean {
  if (value === undefined || value === null) return true
  return !alwaysWritten[kind].has(key) && key in defaults[kind] && sameJson(defaults[kind][key], value)
}

function readPair(value: unknown): [number, number] | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined
  const [x, y] = value as unknown[]
  if (typeof x !== 'number' || typeof y !== 'number' || !Number.isFinite(x + y)) return undefined
  return [Math.round(x), Math.round(y)]
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const isHighSurrogate = (text: string, at: number) => /[\uD800-\uDBFF]/.test(text.charAt(at))
const isLowSurrogate = (text: string, at: number) => /[\uDC00-\uDFFF]/.test(text.charAt(at))
