import type { RunEvent } from '@/api/shapes'
import { passWords } from '@/nodes/passWords'
import type { SelectOption } from '@/ui/Select'

import { eventWords } from './eventWords'

export type EventKind = 'all' | 'results' | 'problems' | 'entries'

export const eventKinds: readonly SelectOption[] = [
  { value: 'all', label: 'All events' },
  { value: 'results', label: 'Results' },
  { value: 'problems', label: 'Problems' },
  { value: 'entries', label: 'Messages' },
]

const members: Record<EventKind, (event: RunEvent) => boolean> = {
  // How far something was is only of interest while it goes on: the node itself shows it.
  all: (event) => event.type !== 'node.progress',
  results: (event) => event.type === 'node.succeeded' || event.type === 'run.finished',
  problems: (event) => ['failed', 'warn'].includes(eventWords(event).tone),
  entries: (event) => event.type === 'node.entry',
}

/** The events of a kind that have every word, in their text or their node's name. */
export function filterEvents(
  events: readonly RunEvent[],
  names: ReadonlyMap<string, string>,
  query: string,
  kind: EventKind,
): RunEvent[] {
  const words = query.trim().toLowerCase().split(/\s+/).filter(Boolean)
  return events.filter((event) => {
    if (!members[kind](event)) return false
    if (words.length === 0) return true
    const text = `${nodeName(event, names)} ${passWords(event.iteration)} ${event.type} ${eventWords(event).text}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
}

/** The name of the node of an event; one inside a container is named by its last id. */
export function nodeName(event: RunEvent, names: ReadonlyMap<string, string>): string {
  if (event.node === null) return ''
  const id = event.node.slice(event.node.lastIndexOf('/') + 1)
  return names.get(id) ?? id
}
