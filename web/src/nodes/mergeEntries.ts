import type { Entry } from '@/api/shapes'

/** One list from several sources, oldest first, each entry once; what is no entry is left out. */
export function mergeEntries(...sources: unknown[]): Entry[] {
  const byId = new Map<string, Entry>()
  for (const source of sources) {
    if (!Array.isArray(source)) continue
    for (const item of source) if (isEntry(item)) byId.set(item.id, item)
  }
  return [...byId.values()].sort((one, other) => one.ts - other.ts)
}

function isEntry(value: unknown): value is Entry {
  const entry = value as Partial<Entry> | null
  if (typeof entry !== 'object' || entry === null) return false
  return typeof entry.id === 'string' && typeof entry.ts === 'number'
}
