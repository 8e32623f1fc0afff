/**
 * Records as they stand in the shared document, read as plain immutable rows and written back: the twin of the reading
 * and writing half of flowroom/ydoc.py. A field that a stranger wrote wrongly counts as absent, so that nobody can stop
 * a reader. Keys this version does not know are kept in the row.
 */
import * as Y from 'yjs'
import { edgeDefaults, maxCoordinate, metaDefaults, nodeDefaults, proseParams } from './protocol.gen'
import type { Edge, Meta, Node, Ports, Retry, RunWhen } from './schema.gen'
import { mustBeWritable } from './writable'

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

const runWhens: readonly RunWhen[] = [
  'inputs',
  'all_live',
  'any',
  'first',
  'all_done',
  'any_failed',
  'all_failed',
  'all_skipped',
  'always',
]

export const isProse = (key: string) => prose.has(key)

export function readNode(id: string, shared: SharedRecord): Node {
  const raw = { ...nodeDefaults, ...readFields(shared), id } as Fields
  const { type, name, parent, params } = raw
  return {
    ...raw,
    id,
    type: typeof type === 'string' ? type : '',
    typeVersion: readWhole(raw['typeVersion']) ?? nodeDefaults.typeVersion,
    name: typeof name === 'string' ? name : '',
    pos: readPair(raw['pos']) ?? [0, 0],
    size: readPair(raw['size']) ?? null,
    params: isObject(params) ? params : {},
    parent: typeof parent === 'string' ? parent : null,
    ports: readPorts(raw['ports']),
    runWhen: oneOf(runWhens, raw['runWhen']) ?? nodeDefaults.runWhen,
    retry: isObject(raw['retry']) ? readRetry(raw['retry']) : null,
    timeout: readPositive(raw['timeout']),
    onError: oneOf(['fail', 'port'], raw['onError']) ?? nodeDefaults.onError,
    disabled: raw['disabled'] === true,
    pinned: raw['pinned'] ?? null,
  }
}

/** A row as it is where its node stands now; the rest of it is the same. */
export const movedNode = (row: Node, shared: SharedRecord): Node => ({ ...row, pos: readPair(shared.get('pos')) ?? [0, 0] })

export function readEdge(id: string, shared: SharedRecord): Edge {
  const raw = { ...edgeDefaults, ...readFields(shared), id } as Fields
  const text = (key: keyof Edge) => (typeof raw[key] === 'string' ? raw[key] : undefined)
  return {
    ...raw,
    id,
    source: text('source') ?? '',
    target: text('target') ?? '',
    sourcePort: text('sourcePort') ?? edgeDefaults.sourcePort,
    targetPort: text('targetPort') ?? edgeDefaults.targetPort,
    kind: oneOf(['flow', 'data'], raw['kind']) ?? edgeDefaults.kind,
    varName: text('varName') ?? null,
    condition: text('condition') ?? null,
    label: text('label') ?? null,
    order: readWhole(raw['order']) ?? edgeDefaults.order,
  }
}

export function readMeta(shared: SharedRecord): Meta {
  const raw = { ...metaDefaults, ...readFields(shared) } as Fields
  const text = (key: keyof Meta) => (typeof raw[key] === 'string' ? raw[key] : undefined)
  const version = readWhole(raw['schemaVersion']) ?? 0
  return {
    ...raw,
    schemaVersion: version >= 1 ? version : metaDefaults.schemaVersion,
    title: text('title') ?? metaDefaults.title,
    description: text('description') ?? metaDefaults.description,
    live: raw['live'] === true,
    lastRun: text('lastRun') ?? null,
    createdFrom: text('createdFrom') ?? null,
    execution: oneOf(['dataflow', 'cascade'], raw['execution']) ?? metaDefaults.execution,
    flowVariables: raw['flowVariables'] !== false,
  }
}

/** A new shared node or edge with these fields. */
export function sharedRecord(kind: RecordKind, fields: Fields): SharedRecord {
  const shared = new Y.Map<unknown>()
  for (const [key, value] of Object.entries(fields)) {
    if (key === 'id' || key === 'params' || isDefault(kind, key, value)) continue
    mustBeWritable(value)
    shared.set(key, value)
  }
  if (kind === 'node') shared.set('params', sharedParams(fields['params']))
  return shared
}

/** Write the fields that differ from what is there; a default is written as absence. */
export function assignFields(kind: RecordKind, shared: SharedRecord, fields: Fields): void {
  for (const [key, value] of Object.entries(fields)) {
    if (key === 'id' || key === 'params') continue
    if (isDefault(kind, key, value)) {
      shared.delete(key)
    } else if (!sameJson(shared.get(key), value)) {
      mustBeWritable(value)
      shared.set(key, value)
    }
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

/**
 * Whether two values are the same JSON. In which order an object has its keys says nothing: the server's engine keeps none.
 * It copies nothing that is JSON already and reads no further than the first difference: after the drag of a thousand nodes
 * it is asked about each.
 */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((each, at) => sameJson(each, b[at]))
  if (isRecord(a) && isRecord(b)) return [a, b].every((each) => Object.keys(each).every((key) => sameJson(own(a, key), own(b, key))))
  if (!isOdd(a) && !isOdd(b)) return false
  return sameJson(isOdd(a) ? plain(a) : a, isOdd(b) ? plain(b) : b)
}

/** What is no JSON, and reads as some. */
const isOdd = (value: unknown): boolean =>
  (isObject(value) && !isRecord(value)) || typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value))

/** A value, and not something of the object's own making under the same key. */
const own = (record: Fields, key: string): unknown => (Object.hasOwn(record, key) ? record[key] : undefined)

/** An object with nothing to it but its keys, unlike a shared one or bytes. */
function isRecord(value: unknown): value is Fields {
  if (!isObject(value)) return false
  const kind: unknown = Object.getPrototypeOf(value)
  return kind === Object.prototype || kind === null
}

function sharedParams(params: unknown): SharedRecord {
  const shared = new Y.Map<unknown>()
  if (isObject(params)) for (const [key, value] of Object.entries(params)) shared.set(key, sharedParam(key, value))
  return shared
}

function sharedParam(key: string, value: unknown): unknown {
  mustBeWritable(value)
  return isProse(key) && typeof value === 'string' ? new Y.Text(value) : value
}

function readFields(shared: SharedRecord): Fields {
  const fields: Fields = {}
  shared.forEach((value, key) => {
    fields[key] = plain(value)
  })
  return fields
}

/**
 * JSON, whatever a stranger wrote: what JSON has no word for reads as in Python (flowroom/yrecords.py). An object under
 * the key `__proto__` stays under it; both yjs and lib0 would make it a prototype, of which nothing may be believed.
 */
export function plain(value: unknown): unknown {
  if (value instanceof Y.Map) return Object.fromEntries([...(value as SharedRecord)].map(([key, of]) => [key, plain(of)]))
  if (value instanceof Y.Array) return value.toArray().map(plain)
  if (value instanceof Y.AbstractType) return value.toJSON() as unknown
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (Array.isArray(value)) return value.map(plain)
  if (ArrayBuffer.isView(value)) return [...(value as Uint8Array)]
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, of]) => [key, plain(of)]))
  return value
}

function isDefault(kind: RecordKind, key: string, value: unknown): boolean {
  if (value === undefined || value === null) return true
  return !alwaysWritten[kind].has(key) && key in defaults[kind] && sameJson(defaults[kind][key], value)
}

function readPair(value: unknown): [number, number] | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined
  const [x, y] = value as unknown[]
  if (typeof x !== 'number' || typeof y !== 'number') return undefined
  if (!(Math.max(Math.abs(x), Math.abs(y)) <= maxCoordinate)) return undefined
  return [Math.round(x), Math.round(y)]
}

function readWhole(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined
}

function readPositive(value: unknown): number | null {
  return typeof value === 'number' && value > 0 ? value : null
}

function readPorts(value: unknown): Ports | null {
  if (!isObject(value)) return null
  const { inputs = [], outputs = [] } = value
  return areTexts(inputs) && areTexts(outputs) ? { ...value, inputs, outputs } : null
}

/** As a whole or not at all: a policy of which one field is wrong is none that somebody chose. */
function readRetry(value: Fields): Retry | null {
  const { attempts = 3, delay = 1, factor = 2, maxDelay = 60, jitter = true, retryOn = [], neverOn = [] } = value
  const numbers = [attempts, delay, factor, maxDelay]
  const fits = numbers.every((number) => typeof number === 'number' && number >= 0) && typeof jitter === 'boolean'
  if (!fits || !areTexts(retryOn) || !areTexts(neverOn)) return null
  return { ...value, attempts, delay, factor, maxDelay, jitter, retryOn, neverOn } as Retry
}

function areTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

function oneOf<Word extends string>(words: readonly Word[], value: unknown): Word | undefined {
  return words.find((word) => word === value)
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const isHighSurrogate = (text: string, at: number) => /[\uD800-\uDBFF]/.test(text.charAt(at))
const isLowSurrogate = (text: string, at: number) => /[\uDC00-\uDFFF]/.test(text.charAt(at))
