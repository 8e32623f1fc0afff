/** The bar over an editor: back, title, where the edits are, who is here, and run. */
import { ChevronLeft, Command, Ellipsis, PanelBottom, PanelLeft, PanelRight, Redo2, Undo2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { Link } from 'wouter'
import type { Desk } from '@/commands/command'
import { commandOf, isAvailable } from '@/commands/commands'
import { showInEditor, useEditorView } from '@/commands/editorView'
import { menuItems } from '@/commands/menuItems'
import { useGraph, useMeta, useUndoState } from '@/document/hooks'
import { ShareButton } from '@/features/access/ShareButton'
import { CommentsButton } from '@/features/comments/CommentsButton'
import { Bell } from '@/features/notifications/Bell'
import { Avatars } from '@/features/presence/Avatars'
import { YouMenu } from '@/features/presence/YouMenu'
import { RunButton } from '@/features/runs/RunButton'
import { ConnectionStatus } from '@/features/status/ConnectionStatus'
import { IconButton } from '@/ui/IconButton'
import { Menu } from '@/ui/Menu'
import { Tooltip } from '@/ui/Tooltip'
import { ThemeMenu } from './ThemeMenu'
import styles from './TopBar.module.css'

const moreGroups = [
  ['undo', 'redo', 'select-all'],
  ['fit', 'zoom-in', 'zoom-out'],
  ['export', 'export-phase1'],
  ['commands', 'help'],
] as const

export function TopBar({ desk }: { desk: Desk }) {
  const following = useEditorView((view) => view.following)
  useUndoState()
  return (
    <header className={styles.bar}>
      <div className={styles.side}>
        <Tooltip label="All graphs">
          <Link href="/" className={styles.back} aria-label="All graphs">
            <ChevronLeft size={18} aria-hidden />
          </Link>
        </Tooltip>
        <Title />
        <ConnectionStatus />
      </div>
      <div className={styles.side}>
        {desk.graph.canEdit && (
          <>
            <CommandButton desk={desk} id="undo" icon={<Undo2 size={16} />} />
            <CommandButton desk={desk} id="redo" icon={<Redo2 size={16} />} />
          </>
        )}
        <IconButton label="Find a command or node" keys="Mod+K" icon={<Command size={16} />} onClick={() => showInEditor({ dialog: 'commands' })} />
        <PanelButtons />
        <span className={styles.line} />
        <Bell />
        <ThemeMenu />
        <Menu trigger={<IconButton label="More" icon={<Ellipsis size={16} />} />} items={menuItems(desk, moreGroups)} />
        <span className={styles.line} />
        <Avatars following={following} onFollow={(client) => showInEditor({ following: client })} />
        <YouMenu />
        <span className={styles.share}>
          <ShareButton />
        </span>
        <span className={styles.run}>
          <RunButton />
        </span>
      </div>
    </header>
  )
}

function CommandButton({ desk, id, icon }: { desk: Desk; id: string; icon: ReactNode }) {
  const command = commandOf(id)
  return (
    <IconButton
      label={command.title}
      keys={command.keys?.[0]}
      icon={icon}
      disabled={!isAvailable(command, desk)}
      onClick={() => void command.run(desk)}
    />
  )
}

function PanelButtons() {
  const { leftPanel, rightPanel, runPanel } = useEditorView()
  return (
    <>
      <IconButton label="Left panel" keys="Mod+B" icon={<PanelLeft size={16} />} pressed={leftPanel !== null} onClick={() => showInEditor({ leftPanel: leftPanel === null ? 'add' : null })} />
      <IconButton label="Runs" keys="Mod+J" icon={<PanelBottom size={16} />} pressed={runPanel} onClick={() => showInEditor({ runPanel: !runPanel })} />
      <IconButton label="Inspector" keys="Mod+I" icon={<PanelRight size={16} />} pressed={rightPanel === 'inspector'} onClick={() => showInEditor({ rightPanel: rightPanel === 'inspector' ? null : 'inspector' })} />
      <CommentsButton />
    </>
  )
}

/** The title, edited where it stands: Enter keeps it, Escape takes it back. */
function Title() {
  const { document, canEdit } = useGraph()
  const { title } = useMeta()
  const [draft, setDraft] = useState<string>()
  const keep = () => {
    const next = draft?.trim()
    setDraft(undefined)
    if (next !== undefined && next !== '' && next !== title) document.setMeta({ title: next })
  }
  return (
    <h1 className={styles.title}>
      {canEdit ? (
        <input
          aria-label="Title of the graph"
          value={draft ?? title}
          maxLength={200}
          onChange={(event) => setDraft(event.target.value)}
          onFocus={(event) => event.target.select()}
          onBlur={keep}
          onKeyDown={(event) => {
            if (event.key === 'Enter') event.currentTarget.blur()
            if (event.key !== 'Escape') return
            event.stopPropagation()
            setDraft(title)
            event.currentTarget.setSelectionRange(0, 0)
          }}
        />
      ) : (
        title
      )}
    </h1>
  )
}
