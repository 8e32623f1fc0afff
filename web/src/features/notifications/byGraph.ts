import type { Notification } from '@/api/notifications'

export interface GraphNews {
  graph: string
  title: string
  items: Notification[]
}

/** Notifications by graph; the graph with the newest comes first. They come the newest first, and stay so. */
export function byGraph(items: readonly Notification[]): GraphNews[] {
  const found = new Map<string, GraphNews>()
  for (const item of items) {
    const group = found.get(item.graph) ?? { graph: item.graph, title: item.graphTitle, items: [] }
    group.items.push(item)
    found.set(item.graph, group)
  }
  return [...found.values()]
}

/** What happened, after the name of who did it: "mentioned you". */
export function whatHappened({ kind, emoji, quote }: Pick<Notification, 'kind' | 'emoji' | 'quote'>): string {
  switch (kind) {
    case 'mention':
      return 'mentioned you'
    case 'reply':
      return 'replied'
    case 'resolved':
      return 'resolved a thread'
    case 'reopened':
      return 'reopened a thread'
    case 'reaction':
      return `reacted with ${emoji}`
    case 'access.asked':
      return `asks for the role ${quote}`
    case 'access.granted':
      return `gave you the role ${quote}`
    case 'access.declined':
      return `declined the role ${quote}`
  }
}

/** Where it leads: to its thread, to where a request is answered or asked again, or just to the graph. */
export function placeOf({ kind, graph, thread }: Pick<Notification, 'kind' | 'graph' | 'thread'>): string {
  if (thread !== '') return `/graphs/${graph}?thread=${thread}`
  return kind === 'access.granted' ? `/graphs/${graph}` : `/graphs/${graph}?share`
}
