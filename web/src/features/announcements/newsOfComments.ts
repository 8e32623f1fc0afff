import { useEditorView } from '@/commands/editorView'
import { mentioned } from '@/document/discussion'
import type { OpenGraph } from '@/document/openGraph'
import type { Message, Thread } from '@/document/schema.gen'
import { now } from '@/ui/now'

import type { News } from './announce'

interface Said {
  thread: Thread
  message: Message
}

/** What others say from now on; a thread that is open reads itself out. */
export function newsOfComments({ discussion, me }: OpenGraph, onNews: () => void): News {
  const since = now() / 1000
  const told = new Set<string>()
  const untold = (): Said[] => discussion.threads.flatMap((thread) => thread.messages.flatMap((message) => (isNew(message) ? [{ thread, message }] : [])))
  const isNew = ({ id, at, author, deletedAt }: Message) => at > since && author.id !== me.id && deletedAt === null && !told.has(id)
  const stop = discussion.subscribe(() => {
    if (untold().length > 0) onNews()
  })

  const tell = () => {
    const said = untold()
    for (const { message } of said) told.add(message.id)
    const open = useEditorView.getState().talk?.thread
    const unseen = said.filter(({ thread }) => thread.id !== open)
    const isForMe = ({ message }: Said) => mentioned(message.body, message.mentions).includes(me.id)
    return [
      ...inWords(unseen.filter(isForMe), 'mentioned you', 'comments mention you'),
      ...inWords(unseen.filter((one) => !isForMe(one)), 'commented', 'new comments'),
    ]
  }
  return { tell, stop }
}

function inWords(said: readonly Said[], did: string, many: string): string[] {
  const [first, second] = said
  if (first === undefined) return []
  if (second !== undefined) return [`${String(said.length)} ${many}.`]
  const { thread: { quote }, message: { author } } = first
  return [`${author.name} ${did}${quote === '' ? '' : ` on “${quote}”`}.`]
}
