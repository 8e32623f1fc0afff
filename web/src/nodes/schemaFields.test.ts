import { expect, it } from 'vitest'

import type { Node, NodeType } from '@/document/schema.gen'

import { paramProblem } from './paramProblem'
import { fieldsOf, fieldsThatCount, type SchemaField } from './schemaFields'
import { summaryOf } from './summaryOf'
import { testTypes } from './testGraph'

const schema = testTypes[0]?.params ?? {}
const fields = new Map(fieldsOf(schema).map((field) => [field.key, field]))
const field = (key: string) => fields.get(key) as SchemaField

it('chooses a widget for every parameter from its hint, its name or its type', () => {
  expect(Object.fromEntries([...fields].map(([key, each]) => [key, each.widget]))).toEqual({
    provider: 'select',
    model: 'text',
    prompt: 'prose',
    temperature: 'slider',
    tokens: 'number',
    limit: 'number',
    stream: 'switch',
    stop: 'strings',
    headers: 'keyvalue',
    history: 'json',
  })
})

it('reads a type once for all its cards', () => {
  expect(fieldsOf(schema)).toBe(fieldsOf(schema))
})

it('reads what may be null as a field that may be empty', () => {
  expect(field('limit')).toMatchObject({ nullable: true, integer: true, min: 1, group: 'More', fallback: null })
  expect(field('tokens')).toMatchObject({ nullable: false, fallback: 50, max: 100 })
  expect(field('history').hidden).toBe(true)
})

it('says what is wrong with a value and what would be right', () => {
  expect(paramProblem(field('model'), undefined)).toBe('This has to be filled in.')
  expect(paramProblem(field('model'), 'x')).toBe('At least 2 characters.')
  expect(paramProblem(field('tokens'), 101)).toBe('At most 100.')
  expect(paramProblem(field('tokens'), 'many')).toBe('A whole number is expected here.')
  expect(paramProblem(field('provider'), 'other')).toBe('One of Local, OpenAI.')
  expect(paramProblem(field('tokens'), undefined)).toBeUndefined()
  expect(paramProblem(field('limit'), null)).toBeUndefined()
})

it('WEB-40: asks for nothing that the type has filled in', () => {
  const [program] = fieldsOf({ properties: { program: { type: 'string', default: '.value', 'x-needed': true } } })
  expect(paramProblem(program as SchemaField, undefined)).toBeUndefined()
  expect(paramProblem(program as SchemaField, '')).toBe('This has to be filled in.')
})

it('WEB-40: leaves out what means nothing as the others are set', () => {
  const properties = {
    mode: { type: 'string', enum: ['duration', 'time'], default: 'duration' },
    seconds: { type: 'number', 'x-when': { mode: ['duration'] } },
    until: { type: 'string', 'x-when': { mode: ['time'] } },
  }
  const keys = (params: Record<string, unknown>) => fieldsThatCount(fieldsOf({ properties }), params).map(({ key }) => key)
  expect(keys({})).toEqual(['mode', 'seconds'])
  expect(keys({ mode: 'time' })).toEqual(['mode', 'until'])
})

it('says what may be chosen in words, in the form, at a wrong value and on the card', () => {
  const mode = { title: 'Wait', type: 'string', enum: ['duration', 'time'], 'x-labels': { duration: 'For a while', time: 'Until a time' }, default: 'duration' }
  const type = { ...testTypes[1], params: { properties: { mode } } } as NodeType
  const [field] = fieldsOf(type.params)
  expect(field?.options.map(({ label }) => label)).toEqual(['For a while', 'Until a time'])
  expect(paramProblem(field as SchemaField, 'soon')).toBe('One of For a while, Until a time.')
  const node = { id: 'w', type: type.type, params: { mode: 'time' } } as unknown as Node
  expect(summaryOf(node, type)).toEqual([{ key: 'mode', label: 'Wait', value: 'Until a time' }])
})
