/**
 * A node type's JSON Schema read as the fields of a form, in the order of its properties. Hints: `x-widget`,
 * `x-language`, `x-labels`, `x-group`, `x-placeholder`, `x-hidden`, `x-needed`, `x-when`; without a hint the schema's type decides.
 */
import { proseParams } from '@/document/protocol.gen'

export type Widget =
  'prose' | 'text' | 'number' | 'slider' | 'switch' | 'select' | 'strings' | 'keyvalue' | 'cases' | 'json'

export type Schema = Readonly<Record<string, unknown>>

export interface SchemaField {
  key: string
  title: string
  /** The title without the unit. */
  name: string
  isDuration: boolean
  hint?: string
  placeholder?: string
  group?: string
  language?: string
  hidden: boolean
  required: boolean
  widget: Widget
  options: readonly { value: string; label: string }[]
  min?: number
  max?: number
  integer: boolean
  /** An empty field means null, not an empty value. */
  nullable: boolean
  /** What the engine takes when the key is absent. */
  fallback: unknown
  /** The values that other fields have when this one means anything. */
  when: Readonly<Record<string, unknown>>
  schema: Schema
}

const prose: ReadonlySet<string> = new Set(proseParams)

const known = new WeakMap<Schema, readonly SchemaField[]>()

/** Read once: every card of a type asks. */
export function fieldsOf(schema: Schema): readonly SchemaField[] {
  const found = known.get(schema) ?? readFields(schema)
  known.set(schema, found)
  return found
}

function readFields(schema: Schema): readonly SchemaField[] {
  const required = new Set(Array.isArray(schema['required']) ? schema['required'] : [])
  return Object.entries(record(schema['properties'])).map(([key, raw]) => fieldOf(key, record(raw), required.has(key)))
}

function fieldOf(key: string, raw: Schema, required: boolean): SchemaField {
  const { schema, nullable } = withoutNull(raw)
  const labels = record(schema['x-labels'])
  const options = Array.isArray(schema['enum'])
    ? schema['enum'].filter((option) => typeof option === 'string').map((value) => ({ value, label: String(labels[value] ?? value) }))
    : []
  const text = (name: string) => (typeof schema[name] === 'string' ? (schema[name] as string) : undefined)
  const name = text('title') ?? key
  const isDuration = schema['x-widget'] === 'duration'
  return {
    key,
    title: isDuration ? `${name} (seconds)` : name,
    name,
    isDuration,
    hint: text('description'),
    placeholder: text('x-placeholder'),
    group: text('x-group'),
    language: text('x-language'),
    hidden: schema['x-hidden'] === true,
    required: required || schema['x-needed'] === true,
    widget: widgetOf(key, schema, options.length > 0),
    options,
    min: number(schema['minimum'] ?? schema['exclusiveMinimum']),
    max: number(schema['maximum'] ?? schema['exclusiveMaximum']),
    integer: schema['type'] === 'integer',
    nullable,
    fallback: schema['default'] ?? (nullable ? null : undefined),
    when: record(schema['x-when']),
    schema: raw,
  }
}

/** What the form says of a value that was chosen from a few. */
export const wordsFor = (field: SchemaField | undefined, value: unknown) => field?.options.find((option) => option.value === value)?.label

/** Those of the fields that mean anything to a node with these params. */
export function fieldsThatCount(fields: readonly SchemaField[], params: Readonly<Record<string, unknown>>): SchemaField[] {
  const valueOf = (key: string) => params[key] ?? fields.find((field) => field.key === key)?.fallback
  return fields.filter(({ when }) =>
    Object.entries(when).every(([key, values]) => Array.isArray(values) && values.includes(valueOf(key))),
  )
}

function widgetOf(key: string, schema: Schema, hasOptions: boolean): Widget {
  const hint = schema['x-widget']
  const type = schema['type']
  if (prose.has(key) && (type === 'string' || type === undefined)) return 'prose'
  if (hint === 'cases' || hint === 'keyvalue') return hint
  if (hint === 'slider' && number(schema['minimum']) !== undefined && number(schema['maximum']) !== undefined)
    return 'slider'
  if (hasOptions) return 'select'
  if (type === 'boolean') return 'switch'
  if (type === 'number' || type === 'integer') return 'number'
  if (type === 'string') return 'text'
  if (type === 'array' && record(schema['items'])['type'] === 'string') return 'strings'
  if (type === 'object' && record(schema['additionalProperties'])['type'] === 'string') return 'keyvalue'
  return 'json'
}

/** pydantic writes `str | None` as anyOf [string, null]: the field is what is left without the null. */
function withoutNull(schema: Schema): { schema: Schema; nullable: boolean } {
  const choices = schema['anyOf']
  if (!Array.isArray(choices)) return { schema, nullable: false }
  const others = choices.filter((choice) => record(choice)['type'] !== 'null')
  const only = others.length === 1 ? record(others[0]) : {}
  return { schema: { ...only, ...schema }, nullable: others.length < choices.length }
}

function record(value: unknown): Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Schema) : {}
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}
