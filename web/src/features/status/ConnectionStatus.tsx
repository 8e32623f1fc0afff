/** Where one's edits are, in a word: "Saved" means that the server has written every one of them to disk. */
import { Check, CloudOff, Eye, LockKeyhole, type LucideIcon, TriangleAlert } from 'lucide-react'

import { useConnection, useGraph, useSpace } from '@/document/hooks'
import { classNames } from '@/ui/classNames'
import { Popover } from '@/ui/Popover'
import { Spinner } from '@/ui/Spinner'

import styles from './ConnectionStatus.module.css'
import { statusFace, type StatusIcon } from './statusFace'

const icons: Record<Exclude<StatusIcon, 'busy'>, LucideIcon> = {
  saved: Check,
  offline: CloudOff,
  locked: LockKeyhole,
  watching: Eye,
  full: TriangleAlert,
}

export function ConnectionStatus() {
  const connection = useConnection()
  const { role } = useGraph()
  const { label, explanation, tone, icon } = statusFace(connection, role, useSpace())
  const Icon = icon === 'busy' ? null : icons[icon]
  return (
    <Popover
      label="Connection"
      align="end"
      trigger={
        <button type="button" aria-label={label} className={classNames(styles.pill, styles[tone])}>
          {Icon === null ? <Spinner size={13} /> : <Icon size={13} aria-hidden />}
          <span role="status">{label}</span>
        </button>
      }
    >
      <p className={styles.title}>{label}</p>
      <p className={styles.explanation}>{explanation}</p>
    </Popover>
  )
}
