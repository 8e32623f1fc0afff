/** Where one's edits are, in a word: "Saved" means that the server has written every one of them to disk. */
import { Check, CloudOff, Eye, LockKeyhole, type LucideIcon, TriangleAlert } from 'lucide-react'

import { showInEditor } from '@/commands/editorView'
import { useConnection, useGraph, useSpace } from '@/document/hooks'
import { Button } from '@/ui/Button'
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

/** `short`: an icon alone, for a narrow bar. */
export function ConnectionStatus({ short = false }: { short?: boolean }) {
  const connection = useConnection()
  const { role, canEdit } = useGraph()
  const { label, explanation, tone, icon } = statusFace(connection, role, useSpace())
  const Icon = icon === 'busy' ? null : icons[icon]
  return (
    <Popover
      label="Connection"
      align="end"
      trigger={
        <button type="button" aria-label={label} className={classNames(styles.pill, styles[tone], short && styles.short)}>
          {Icon === null ? <Spinner size={13} /> : <Icon size={13} aria-hidden />}
          <span data-testid="status" className={short ? 'visually-hidden' : undefined}>
            {label}
          </span>
        </button>
      }
    >
      {(close) => (
        <>
          <p className={styles.title}>{label}</p>
          <p className={styles.explanation}>{explanation}</p>
          {!canEdit && (
            <Button
              size="small"
              className={styles.ask}
              onClick={() => {
                close()
                showInEditor({ dialog: 'share' })
              }}
            >
              Ask for a higher role
            </Button>
          )}
        </>
      )}
    </Popover>
  )
}
