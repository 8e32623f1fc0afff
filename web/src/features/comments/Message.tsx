/** What one person said: who, when, the text, the reactions, and for its author the means to change it. */
import { Ellipsis } from 'lucide-react'
import { useState } from 'react'

import { sentenceOf } from '@/api/ApiError'
import { deleteMessage, editMessage, setReaction } from '@/api/discussion'
import { useGraph } from '@/document/hooks'
import type { Message as Said } from '@/document/schema.gen'
import { Ago } from '@/ui/Ago'
import { Avatar } from '@/ui/Avatar'
import { Badge } from '@/ui/Badge'
import { classNames } from '@/ui/classNames'
import { exactly } from '@/ui/formatTime'
import { Menu } from '@/ui/Menu'
import { toast } from '@/ui/toast'

import { AskToDelete } from './AskToDelete'
import { Composer } from './Composer'
import { Markdown } from './Markdown'
import { toDraft } from './mentions'
import styles from './Message.module.css'
import { ReactButton, Reactions } from './Reactions'

export interface MessageProps {
  thread: string
  message: Said
  names: ReadonlyMap<string, string>
  /** The thread goes with it. */
  isLast: boolean
  isNew: boolean
}

export function Message({ thread, message, names, isLast, isNew }: MessageProps) {
  const graph = useGraph()
  const [doing, setDoing] = useState<'reading' | 'editing' | 'deleting'>('reading')
  const { author } = message
  const read = () => setDoing('reading')
  const react = (emoji: string, on: boolean) => {
    setReaction(graph.id, thread, message.id, emoji, on).catch((error: unknown) => {
      toast.error('The reaction was not kept', { description: sentenceOf(error) })
    })
  }
  if (message.deletedAt !== null) return <p className={styles.gone}>{author.name} deleted what stood here.</p>
  return (
    <article className={classNames(styles.message, isNew && styles.news)} aria-label={`${author.name}, ${exactly(message.at)}`}>
      <Avatar name={author.name} colour={author.colour} size={24} />
      <div className={styles.said}>
        <header className={styles.head}>
          <span className={styles.name}>{author.name}</span>
          {author.kind !== 'person' && <Badge>{author.kind}</Badge>}
          <Ago at={message.at} className={styles.time} />
          {message.editedAt !== null && (
            <span className={styles.time} title={exactly(message.editedAt)}>
              edited
            </span>
          )}
          {doing === 'reading' && graph.canComment && (
            <span className={styles.tools}>
              <ReactButton reactions={message.reactions} me={graph.me.id} onReact={react} />
              <MessageMenu message={message} onEdit={() => setDoing('editing')} onDelete={() => setDoing('deleting')} />
            </span>
          )}
        </header>
        {doing === 'editing' ? (
          <Composer
            draftKey={`${graph.id}:edit:${message.id}`}
            label="Change what you said"
            placeholder=""
            begin={toDraft(message.body)}
            focused
            onSend={(body) => editMessage(graph.id, thread, message.id, { body }).then(read)}
            onCancel={read}
          />
        ) : (
          <Markdown source={message.body} me={graph.me.id} />
        )}
        {doing === 'deleting' && (
          <AskToDelete
            what="this comment"
            loses={isLast ? 'Its thread goes with it. This can’t be undone.' : 'This can’t be undone.'}
            onDelete={() => deleteMessage(graph.id, thread, message.id)}
            onKeep={read}
          />
        )}
        <Reactions reactions={message.reactions} me={graph.me.id} names={names} {...(graph.canComment && { onReact: react })} />
      </div>
    </article>
  )
}

/** One's own may be changed; an admin may delete anyone's. */
function MessageMenu({ message, onEdit, onDelete }: { message: Said; onEdit: () => void; onDelete: () => void }) {
  const { me, role } = useGraph()
  const mine = message.author.id === me.id
  if (!mine && role !== 'admin') return null
  const items = [
    ...(mine ? [{ id: 'edit', label: 'Edit', takesFocus: true, run: onEdit }] : []),
    { id: 'delete', label: 'Delete…', danger: true, takesFocus: true, run: onDelete },
  ]
  return (
    <Menu
      items={[items]}
      trigger={
        <button type="button" className={styles.tool} aria-label="More about this comment">
          <Ellipsis size={14} aria-hidden />
        </button>
      }
    />
  )
}
