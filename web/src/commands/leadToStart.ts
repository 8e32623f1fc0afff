import { listHistory } from '@/api/client'
import type { OpenGraph } from '@/document/openGraph'
import type { Node } from '@/document/schema.gen'
import { titleOf } from '@/document/titles'
import { isFeedback } from '@/document/wiring'
import { focusWhenThere } from '@/ui/focusWhenThere'
import { toast } from '@/ui/toast'

/**
 * A cascade runs from one node on, so that the server refuses to run all of it; and where all waits for a Chat in which
 * nobody has said anything, a run would go by and do nothing. Whoever asks for that is led to the Chat in which they say
 * what begins it, or told how to run a cascade from another node. Gives whether a run of all is not what they want.
 */
export async function leadToStart(graph: OpenGraph): Promise<boolean> {
  const isCascade = graph.store.meta.execution === 'cascade'
  const chat = isCascade ? graph.store.nodes.find((node) => isChat(graph, node) && !node.disabled) : await silentStart(graph)
  if (chat !== undefined) leadTo(graph, chat, isCascade ? elsewhere : 'Everything else here waits for what is said there.')
  else if (isCascade) toast.info('This graph runs from one node on', { description: elsewhere })
  return isCascade || chat !== undefined
}

const elsewhere = 'To begin at another node, right-click it and choose “Run the selected node”.'

function leadTo({ camera, selection, types }: OpenGraph, chat: Node, description: string): void {
  selection.set([chat.id])
  camera.bring(chat.id)
  focusWhenThere(`.react-flow__node[data-id="${CSS.escape(chat.id)}"] textarea`)
  toast.info(`Say something in “${titleOf(chat, types.get(chat.type))}”: that begins a run`, { description })
}

/** The Chat for which all the rest waits, if nobody has said anything in it; of several, the first of such. */
async function silentStart(graph: OpenGraph): Promise<Node | undefined> {
  const starts = startsOf(graph)
  if (!starts.every((node) => isChat(graph, node)) || graph.store.nodes.some(({ runWhen }) => runsUnreached.has(runWhen))) return undefined
  // Where that can't be learned, the server says what is wrong when it is asked to run.
  const spoken = await Promise.all(starts.map((chat) => hasSpoken(graph, chat))).catch(() => [true])
  return spoken.includes(true) ? undefined : starts[0]
}

/** The nodes that wait for no other. */
function startsOf({ store, types }: OpenGraph): Node[] {
  const nodes = new Map(store.nodes.map((node) => [node.id, node]))
  const waiting = new Set(store.edges.filter((edge) => !isFeedback(nodes, types, edge)).map(({ target }) => target))
  return store.nodes.filter(({ id, type, disabled }) => !disabled && !waiting.has(id) && types.get(type)?.container !== true)
}

/** Such nodes run though nothing reaches them. */
const runsUnreached: ReadonlySet<Node['runWhen']> = new Set(['all_done', 'all_skipped', 'always'])

const isChat = ({ types }: OpenGraph, { type }: Node) => types.get(type)?.body === 'chat'

/** Whether a run would have the Chat say something: it says once more what was said last. */
async function hasSpoken({ id }: OpenGraph, chat: Node): Promise<boolean> {
  const imported = chat.params['history']
  const entries: unknown[] = [...(Array.isArray(imported) ? imported : []), ...(await listHistory(id, chat.id, { limit: 200 }))]
  return entries.some((entry) => (entry as { role?: unknown } | null)?.role === 'user')
}
