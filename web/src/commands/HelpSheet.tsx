/** Every shortcut, read from the table of commands. */
import { Fragment } from 'react'
import { Dialog } from '@/ui/Dialog'
import { Kbd } from '@/ui/Kbd'
import type { CommandGroup } from './command'
import { commands } from './commands'
import { showInEditor, useEditorView } from './editorView'
import styles from './HelpSheet.module.css'

const groups: readonly CommandGroup[] = ['Edit', 'Select', 'View', 'Run', 'Discuss', 'Graph']
const hands: readonly (readonly [string, string])[] = [
  ['Pan', 'Scroll, or Space and drag'],
  ['Zoom', 'Pinch, or Ctrl and scroll'],
  ['Select several', 'Drag, or Shift and click'],
  ['Connect', 'Drag from port to port'],
  ['Add what is next', 'Drag from a port into the open'],
  ['Into or out of a group', 'Drag across its frame'],
  ['Put a node between two', 'Drop it on their edge'],
  ['Drag a copy', 'Alt while you drag'],
  ['Keep to one axis', 'Shift while you drag'],
  ['Keep to no line or grid', 'Ctrl while you drag'],
  ['Give up what you draw or drag', 'Escape'],
  ['Rename', 'Double-click the name'],
]

export function HelpSheet() {
  const open = useEditorView((view) => view.dialog === 'help')
  return (
    <Dialog open={open} onOpenChange={(next) => showInEditor({ dialog: next ? 'help' : null })} title="Shortcuts" width={980}>
      {/* Focusable, so that the keyboard can scroll it in a low window. */}
      <div className={styles.columns} tabIndex={0} role="region" aria-label="All shortcuts">
        <section className={styles.group}>
          <h3>Hands</h3>
          {hands.map(([what, how]) => (
            <div key={what} className={styles.row}>
              <span>{what}</span>
              <span className={styles.how}>{how}</span>
            </div>
          ))}
        </section>
        {groups.map((group) => (
          <section key={group} className={styles.group}>
            <h3>{group}</h3>
            {shortcutsOf(group).map(([title, keys]) => (
              <div key={title} className={styles.row}>
                <span>{title}</span>
                <span className={styles.keys}>
                  {keys.map((each, at) => (
                    <Fragment key={each}>
                      {at > 0 && <span className={styles.how}>or</span>}
                      <Kbd keys={each} />
                    </Fragment>
                  ))}
                </span>
              </div>
            ))}
          </section>
        ))}
      </div>
    </Dialog>
  )
}

/** The four arrows do one thing each way; one line stands for them. */
function shortcutsOf(group: CommandGroup): [title: string, keys: readonly string[]][] {
  return commands.flatMap(({ group: own, title, keys = [], id }): [string, readonly string[]][] => {
    if (own !== group || keys.length === 0) return []
    if (!id.startsWith('nudge')) return [[title, keys]]
    return id.startsWith('nudge-ArrowLeft') ? [[title, keys.map((each) => each.replace('ArrowLeft', 'Arrows'))]] : []
  })
}
