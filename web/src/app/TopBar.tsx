/** The bar over an editor: back, title, where the edits are, who is here, and run. */
import { ChevronLeft, Command, Ellipsis, PanelBottom, PanelLeft, PanelRight, Redo2, Undo2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { Link } from 'wouter'
import type { Desk } from '@/commands/command'
import { commandOf, isAvailable, titleNow } from '@/commands/commands'
import { showInEditor, toggleLeftPanel, toggleRightPanel, useEditorView } from '@/commands/editorView'
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
import { useMedia } from '@/ui/useMedia'
import { ThemeMenu } from './ThemeMenu'
import styles from './TopBar.module.css'

const moreGroups = [
  ['undo', 'redo', 'select-all'],
  ['fit', 'zoom-in', 'zoom-out'],
  ['versions', 'export', 'export-phase1'],
  ['commands', 'help'],
] as const

/** What has no button of its own in a narrow bar. */
const foldedGroups = [
  ['toggle-left', 'toggle-outline', 'toggle-runs', 'toggle-right', 'toggle-comments'],
  ['theme-light', 'theme-dark', 'theme-system'],
] as const

export function TopBar({ desk }: { desk: Desk }) {
  const following = useEditorView((view) => view.following)
  const isNarrow = useMedia('(max-width: 1000px)')
  const isPhone = useMedia('(max-width: 560px)')
  useUndoState()
  return (
    <header className={styles.bar} data-bar="" data-phone={isPhone || undefined}>
      <div className={styles.side}>
        <Tooltip label="All graphs">
          <Link href="/" className={styles.back} aria-label="All graphs">
            <ChevronLeft size={18} aria-hidden />
          </Link>
        </Tooltip>
        <Title />
        <ConnectionStatus short={isNarrow} />
      </div>
      <div className={styles.side}>
        {!isNarrow && (
          <>
            {desk.graph.canEdit && (
              <>
                <CommandButton desk={desk} id="undo" icon={<Undo2 size={16} />} />
                <CommandButton desk={desk} id="redo" icon={<Redo2 size={16} />} />
              </>
            )}
            <IconButton label="Find a command or node" keys="Mod+K" icon={<Command size={16} />} onClick={() => showInEditor({ dialog: 'commands' })} />
            <PanelButtons />
          </>
        )}
        {!isPhone && (
          <>
            <CommentsButton />
            <span className={styles.line} />
          </>
        )}
        <Bell />
        {!isNarrow && <ThemeMenu />}
        <Menu trigger={<IconButton label="More" icon={<Ellipsis size={16} />} />} items={menuItems(desk, isNarrow ? [...moreGroups, ...foldedGroups] : moreGroups)} />
        {!isPhone && <span className={styles.line} />}
        <Avatars following={following} most={isPhone ? 0 : isNarrow ? 3 : 5} onFollow={(client) => showInEditor({ following: client })} />
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
      label={titleNow(command, desk)}
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
      <IconButton label="Left panel" keys="Mod+B" icon={<PanelLeft size={16} />} pressed={leftPanel !== null} onClick={toggleLeftPanel} />
      <IconButton label="Runs" keys="Mod+J" icon={<PanelBottom size={16} />} pressed={runPanel} onClick={() => showInEditor({ runPanel: !runPanel })} />
      <IconButton label="Right panel" keys="Mod+I" icon={<PanelRight size={16} />} pressed={rightPanel !== null} onClick={toggleRightPanel} />
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
        <span title={title}>{title}</span>
      )}
    </h1>
  )
}
