/** Find anything by typing: commands, node types to add, nodes and pages to go to. */
import { Command as Palette } from 'cmdk'
import { CornerDownLeft, Plus } from 'lucide-react'
import type { ReactNode } from 'react'
import { useMay } from '@/api/queries'
import { createNodeInView } from '@/canvas/createNode'
import { isOffered } from '@/nodes/findTypes'
import { NodeIcon } from '@/nodes/NodeIcon'
import { categoryColour } from '@/ui/categoryColour'
import { Kbd } from '@/ui/Kbd'
import type { Command, Desk } from './command'
import styles from './CommandPalette.module.css'
import { commands, isAvailable } from './commands'
import { showInEditor, useEditorView } from './editorView'
import { placesFor } from './places'
import { type EntryGroup, type Findable, rankEntries } from './rankEntries'

/** Of each kind: a graph may have thousands of nodes. */
const mostEntries = 40

interface Entry extends Findable {
  id: string
  icon?: ReactNode
  /** Said beside the title. */
  aside?: string
  end: ReactNode
  run: () => unknown
  /** It can be found, and not chosen. */
  disabled?: boolean
}

export function CommandPalette({ desk }: { desk: Desk }) {
  const open = useEditorView((view) => view.dialog === 'commands')
  return (
    <Palette.Dialog
      open={open}
      onOpenChange={close}
      label="Find a command or node"
      className={styles.palette}
      overlayClassName={styles.overlay}
      contentClassName={styles.window}
      shouldFilter={false}
      loop
    >
      <Entries desk={desk} />
    </Palette.Dialog>
  )
}

/** What is typed here lies beside what was typed while the palette was on its way; it is over when the palette is. */
const close = () => showInEditor({ dialog: null, typedAhead: '' })

/** The dialog marks what stands in the field that it gives the focus: what is typed on would replace what was typed before. */
function unmark(field: HTMLInputElement): void {
  if (field.selectionStart === 0) field.setSelectionRange(field.value.length, field.value.length)
}

function Entries({ desk }: { desk: Desk }) {
  const query = useEditorView((view) => view.typedAhead)
  const places = placesFor(useMay('admin')).map((place): Entry => ({ ...place, end: <CornerDownLeft size={13} aria-hidden />, run: () => place.run(desk) }))
  const choose = (action: () => unknown) => () => {
    close()
    // After the dialog gave the focus back, so that what runs may move it.
    requestAnimationFrame(() => void action())
  }
  return (
    <>
      <Palette.Input
        className={styles.input}
        placeholder="Add a node, go to one, or find a command"
        value={query}
        onValueChange={(typedAhead) => showInEditor({ typedAhead })}
        onFocus={({ currentTarget }) => queueMicrotask(() => unmark(currentTarget))}
      />
      <Palette.List className={styles.list}>
        {groupsFor(desk, places, query).map(({ heading, entries }) => (
          <Palette.Group key={heading} heading={heading} className={styles.group}>
            {entries.map(({ id, icon, title, aside, end, run, disabled }) => (
              <Palette.Item key={id} value={id} className={styles.item} disabled={disabled ?? false} onSelect={choose(run)}>
                {icon}
                <span className={styles.title}>
                  {title} {aside !== undefined && <span className={styles.about}>{aside}</span>}
                </span>
                {end}
              </Palette.Item>
            ))}
          </Palette.Group>
        ))}
      </Palette.List>
      {/* A list holds what can be chosen, and nothing else. */}
      <Palette.Empty className={styles.nothing}>Nothing matches “{query}”.</Palette.Empty>
    </>
  )
}

function groupsFor(desk: Desk, places: Entry[], query: string): EntryGroup<Entry>[] {
  const offered = commands.filter((command) => command.hidden !== true && isAvailable(command, desk))
  const entriesOf = (some: readonly Command[]) => some.map((command) => commandEntry(desk, command))
  const add = { heading: 'Add', entries: typeEntries(desk) }
  if (query.trim() === '') {
    // Enter takes the first row: before anything was typed that must change nothing.
    const [help, others] = [offered.filter(({ id }) => id === 'help'), offered.filter(({ id }) => id !== 'help')]
    const all = [{ heading: 'Help', entries: entriesOf(help) }, add, { heading: 'Commands', entries: entriesOf(others) }, { heading: 'Go to', entries: places }]
    return all.filter(({ entries }) => entries.length > 0)
  }
  const goTo = { heading: 'Go to', entries: [...nodeEntries(desk), ...places] }
  const found = rankEntries([goTo, add, { heading: 'Commands', entries: entriesOf(offered) }], query)
  // What can't be done now is never in the way of what can.
  return [...found, ...rankEntries([{ heading: 'Not just now', entries: waitingEntries(desk) }], query)].map(cut)
}

/** Commands that need a hand first, for whoever may edit: they say what they need. */
function waitingEntries(desk: Desk): Entry[] {
  if (!desk.graph.canEdit) return []
  const waiting = commands.filter((command) => command.needs !== undefined && !isAvailable(command, desk))
  return waiting.map((command) => ({ ...commandEntry(desk, command), aside: `needs ${command.needs ?? ''}`, disabled: true }))
}

const cut = ({ heading, entries }: EntryGroup<Entry>) => ({ heading, entries: entries.slice(0, mostEntries) })

function nodeEntries({ graph }: Desk): Entry[] {
  return graph.store.nodes.map(({ id, name, type }) => ({
    id: `go-${id}`,
    title: name || graph.types.get(type)?.title || type,
    icon: <TypeIcon category={graph.types.get(type)?.category} icon={graph.types.get(type)?.icon} />,
    end: <CornerDownLeft size={13} aria-hidden />,
    run: () => {
      graph.selection.set([id])
      graph.camera.reveal([id])
      graph.camera.focus(id)
    },
  }))
}

function typeEntries({ graph }: Desk): Entry[] {
  if (!graph.canEdit) return []
  return [...graph.types.values()].filter(isOffered).map(({ type, title, category, description, icon }) => ({
    id: `add-${type}`,
    title,
    aside: description,
    about: `add ${category} ${description}`,
    icon: <TypeIcon category={category} icon={icon} />,
    end: <Plus size={13} aria-hidden />,
    run: () => graph.camera.focus(createNodeInView(graph, type)),
  }))
}

const commandEntry = (desk: Desk, command: Command): Entry => ({
  id: command.id,
  title: command.title,
  end: command.keys?.[0] !== undefined && <Kbd keys={command.keys[0]} />,
  run: () => command.run(desk),
})

function TypeIcon({ category = 'Other', icon = 'circle-help' }: { category?: string | undefined; icon?: string | undefined }) {
  return (
    <span className={styles.icon} style={{ color: categoryColour(category) }}>
      <NodeIcon name={icon} size={15} />
    </span>
  )
}
