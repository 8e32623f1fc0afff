import type { RunEvent } from '@/api/shapes'
import { usageWords } from '@/nodes/usageWords'

/** What all nodes of a run used together, as words. */
export function totalUsage(events: readonly RunEvent[]): string[] {
  const total: Record<string, number> = {}
  for (const { type, payload } of events) {
    const usage = type === 'node.succeeded' ? payload?.['usage'] : undefined
    if (typeof usage !== 'object' || usage === null) continue
    for (const [name, amount] of Object.entries(usage)) {
      if (typeof amount === 'number') total[name] = (total[name] ?? 0) + amount
    }
  }
  return usageWords(total)
}
