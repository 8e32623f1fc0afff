import { Validator } from '@cfworker/json-schema'

import type { SchemaField } from './schemaFields'

/** What is wrong with a value and what would be right, as a sentence; undefined when nothing is. */
export function paramProblem(field: SchemaField, value: unknown): string | undefined {
  // What is absent is as the type has it, which may be something.
  const given = value === undefined ? field.fallback : value
  if (field.required && (given === undefined || given === '')) return 'This has to be filled in.'
  if (value === undefined) return undefined
  const { errors, valid } = new Validator(field.schema, '2020-12', false).validate(value)
  if (valid) return undefined
  const last = errors.at(-1)
  return last === undefined ? 'This value does not fit.' : sentence(last.keyword, field, last.error)
}

function sentence(keyword: string, field: SchemaField, message: string): string {
  const { schema } = field
  switch (keyword) {
    case 'minimum':
      return `At least ${String(field.min)}.`
    case 'maximum':
      return `At most ${String(field.max)}.`
    case 'exclusiveMinimum':
      return `More than ${String(field.min)}.`
    case 'exclusiveMaximum':
      return `Less than ${String(field.max)}.`
    case 'minLength':
      return `At least ${String(schema['minLength'])} characters.`
    case 'maxLength':
      return `At most ${String(schema['maxLength'])} characters.`
    case 'pattern':
      return `Has to match ${String(schema['pattern'])}.`
    case 'enum':
      return `One of ${field.options.map((option) => option.label).join(', ')}.`
    case 'type':
      return `A ${words(schema['type'])} is expected here.`
    case 'required':
      return 'Something in it is missing.'
    default:
      return message
  }
}

const words = (type: unknown) =>
  type === 'integer' ? 'whole number' : typeof type === 'string' ? type : 'different value'
