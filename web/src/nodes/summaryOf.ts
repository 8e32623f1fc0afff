import { sideOf } from '@/document/groupPorts'
import type { Node, NodeType } from '@/document/schema.gen'
import { duration } from '@/ui/formatTime'

import { fieldsOf, fieldsThatCount, type SchemaField, wordsFor } from './schemaFields'

const MOST_PAIRS = 3
const MOST_CHARACTERS = 90

export interface SummaryPair {
  key: string
  label: string
  value: string
}

/** The settings that tell most about a node: those that were set, in the order of its type, at most three. */
export function summaryOf(node: Node, type: NodeType | undefined): SummaryPair[] {
  // The end of a group is called as its port is, and has nothing else to say.
  if (sideOf(node) !== undefined) return []
  const known = new Map((type === undefined ? [] : fieldsOf(type.params)).map((field) => [field.key, field]))
  const counting = new Set(fieldsThatCount([...known.values()], node.params))
  // What makes ports is read from the ports.
  const isHidden = (field: SchemaField) => field.hidden || !counting.has(field) || field.key === type?.portsFrom
  const pairs: SummaryPair[] = []
  for (const key of new Set([...known.keys(), ...Object.keys(node.params)])) {
    const value = node.params[key]
    const field = known.get(key)
    if ((field && isHidden(field)) || pairs.length === MOST_PAIRS) continue
    const shown = field?.isDuration && typeof value === 'number' ? duration(value) : (wordsFor(field, value) ?? shortly(value))
    if (shown === '' || JSON.stringify(value) === JSON.stringify(field?.fallback)) continue
    pairs.push({ key, label: field?.name ?? key, value: shown })
  }
  return pairs
}

function shortly(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (Array.isArray(value)) return value.map(named).filter(Boolean).join(', ').slice(0, MOST_CHARACTERS)
  if (typeof value === 'object') return Object.keys(value).join(', ').slice(0, MOST_CHARACTERS)
  const text = String(value).trim()
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text
}

function named(item: unknown): string {
  if (typeof item === 'object' && item !== null) {
    const name = (item as Record<string, unknown>)['name']
    return typeof name === 'string' ? name : ''
  }
  return String(item)
}
