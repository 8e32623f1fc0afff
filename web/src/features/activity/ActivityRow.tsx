import {
  ArrowRight,
  Bookmark,
  FilePen,
  FileText,
  Group,
  History,
  KeyRound,
  Link,
  LogIn,
  type LucideIcon,
  MessageSquare,
  Move,
  Pencil,
  Play,
  Plus,
  Spline,
  Trash2,
  UserRound,
  Webhook,
} from 'lucide-react'

import type { ActivityRow as Row } from '@/api/activity'
import { Ago } from '@/ui/Ago'
import { Avatar } from '@/ui/Avatar'

import styles from './ActivityRow.module.css'
import { nameOf, wordsOf } from './rowWords'

/** By kind or by its family, the part before the dot. */
const icons: Record<string, LucideIcon> = {
  'node.added': Plus,
  'node.removed': Trash2,
  'node.moved': Move,
  node: Pencil,
  edge: Spline,
  group: Group,
  'graph.restored': History,
  graph: FilePen,
  version: Bookmark,
  run: Play,
  thread: MessageSquare,
  comment: MessageSquare,
  activity: FileText,
  link: Link,
  session: LogIn,
  token: KeyRound,
  password: KeyRound,
  webhook: Webhook,
}

export interface ActivityRowProps {
  row: Row
  /** Leads to what the row is about; without it, that is no longer there. */
  onGo?: () => void
}

/** One thing that was done: by whom, when, what, and from what to what. */
export function ActivityRow({ row, onGo }: ActivityRowProps) {
  const Icon = icons[row.kind] ?? icons[row.kind.split('.')[0] ?? ''] ?? UserRound
  const { text, change } = wordsOf(row)
  const name = nameOf(row)
  const content = (
    <>
      <Avatar name={name} colour={row.by.colour || '#6b7280'} size={24} />
      <span className={styles.words}>
        <span className={styles.head}>
          <span className={styles.name}>{name}</span>{' '}
          {isMachine(row.by.kind) && <span className={styles.kind}>{row.by.kind}</span>}{' '}
          <Ago at={row.until} className={styles.time} />
        </span>
        <span className={styles.sentence}>
          <Icon size={13} aria-hidden />
          <span>
            {text}
            {row.count > 1 && <span className={styles.count}> · {row.count} edits</span>}
          </span>
        </span>{' '}
        {change && (
          <span className={styles.change}>
            <span className="visually-hidden">from </span>
            <del>{change.before}</del>
            <ArrowRight size={12} aria-hidden />
            <span className="visually-hidden"> to </span>
            <ins>{change.after}</ins>
          </span>
        )}
      </span>
    </>
  )
  if (onGo === undefined) return <div className={styles.row}>{content}</div>
  return (
    <button type="button" className={styles.row} onClick={onGo}>
      {content}
    </button>
  )
}

const isMachine = (kind: string) => kind === 'bot' || kind === 'agent' || kind === 'engine'
