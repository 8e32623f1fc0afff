/** Every command of the editor in one table. */
import { cancelRun, exportUrl, startRun } from '@/api/client'
import { gridSize } from '@/canvas/geometry'
import { remove } from '@/document/groupPorts'
import { some } from '@/document/stepWords'
import { isFinished } from '@/document/runDocument'
import { ledToStart } from './begin'
import { copyToClipboard, duplicate, pasteFromClipboard } from './clipboardCommands'
import type { Command, Desk } from './command'
import { canGroup, canPutIn, canTakeOut, canUngroup, outermost, regroup } from './groupCommands'
import { inspect, showInEditor, toggleLeftPanel, toggleRightPanel, useEditorView } from './editorView'
import { lineUpCommands } from './lineUpCommands'
import { mayRename, rename } from './rename'
import { beginComment, goToNextUnread } from './talk'

const canEdit = ({ graph }: Desk) => graph.canEdit
const hasSelection = ({ graph }: Desk) => graph.selection.ids.size > 0
const canChangeSelection = (desk: Desk) => canEdit(desk) && hasSelection(desk)
const hasNodes = ({ graph }: Desk) => graph.store.nodes.length > 0
const isRunning = ({ graph }: Desk) => graph.run.row !== undefined && !isFinished(graph.run.row)
const selectedNodes = ({ graph }: Desk) => graph.store.nodes.filter((node) => graph.selection.has(node.id))
const selectedEdge = ({ graph: { selection, store } }: Desk) => (selection.ids.size === 1 ? [...selection.ids].find((id) => store.edge(id)) : undefined)

export const commands: readonly Command[] = [
  { id: 'undo', title: 'Undo', group: 'Edit', keys: ['Mod+Z'], words: ({ graph }) => graph.undo.state.undoes, when: ({ graph }) => graph.undo.state.undoes !== undefined, run: ({ graph }) => graph.undo.undo() },
  {
    id: 'redo',
    title: 'Redo',
    group: 'Edit',
    keys: ['Mod+Shift+Z', 'Mod+Y'],
    words: ({ graph }) => graph.undo.state.redoes,
    when: ({ graph }) => graph.undo.state.redoes !== undefined,
    run: ({ graph }) => graph.undo.redo(),
  },
  { id: 'cut', title: 'Cut', group: 'Edit', keys: ['Mod+X'], native: true, when: canChangeSelection, run: (desk) => copyToClipboard(desk, { cut: true }) },
  { id: 'copy', title: 'Copy', group: 'Edit', keys: ['Mod+C'], native: true, when: hasSelection, run: (desk) => copyToClipboard(desk, { cut: false }) },
  { id: 'paste', title: 'Paste', group: 'Edit', keys: ['Mod+V'], native: true, when: canEdit, run: pasteFromClipboard },
  { id: 'duplicate', title: 'Duplicate', group: 'Edit', keys: ['Mod+D'], when: canChangeSelection, run: duplicate },
  {
    id: 'delete',
    title: 'Delete',
    group: 'Edit',
    keys: ['Delete', 'Backspace'],
    needs: 'something that is selected',
    when: canChangeSelection,
    run: removeSelection,
  },
  {
    id: 'toggle-disabled',
    title: 'Switch off or on',
    group: 'Edit',
    keys: ['Mod+Shift+E'],
    needs: 'a node that is selected',
    when: (desk) => canEdit(desk) && selectedNodes(desk).length > 0,
    run: toggleDisabled,
  },
  {
    id: 'rename',
    title: 'Rename',
    group: 'Edit',
    keys: ['F2'],
    needs: 'one node that is selected',
    when: ({ graph }) => graph.selection.ids.size === 1 && [...graph.selection.ids].every((id) => mayRename(graph, id)),
    run: ({ graph }) => [...graph.selection.ids].forEach((id) => rename(graph, id)),
  },
  { id: 'add', title: 'Add a node', group: 'Edit', keys: ['A'], when: canEdit, run: ({ graph }) => showInEditor({ openEnd: { at: graph.camera.place() } }) },
  {
    id: 'next',
    title: 'Add or connect what comes next',
    group: 'Edit',
    keys: ['C'],
    needs: 'one node that is selected',
    when: (desk) => canEdit(desk) && selectedNodes(desk).length === 1,
    run: (desk) => showInEditor({ openEnd: { node: selectedNodes(desk)[0]?.id ?? '' } }),
  },
  {
    id: 'put-between',
    title: 'Put a node into the edge',
    group: 'Edit',
    keys: ['I'],
    needs: 'an edge that is selected',
    when: (desk) => canEdit(desk) && selectedEdge(desk) !== undefined,
    run: (desk) => showInEditor({ openEnd: { edge: selectedEdge(desk) ?? '' } }),
  },
  { id: 'group', title: 'Group the selection', group: 'Edit', keys: ['Mod+G'], needs: 'nodes that are selected', when: canGroup, run: regroup('groupSelection') },
  { id: 'ungroup', title: 'Ungroup', group: 'Edit', keys: ['Mod+Shift+G'], needs: 'a group that is selected', when: canUngroup, run: regroup('ungroupSelection') },
  { id: 'put-in', title: 'Put into the nearest group', group: 'Edit', keys: ['Alt+Shift+ArrowDown'], when: canPutIn, run: regroup('putIn') },
  { id: 'take-out', title: 'Take out of the group', group: 'Edit', keys: ['Alt+Shift+ArrowUp'], needs: 'a selected node in a group', when: canTakeOut, run: regroup('takeOut') },
  ...lineUpCommands,
  ...nudges(),

  { id: 'select-all', title: 'Select everything', group: 'Select', keys: ['Mod+A'], when: hasNodes, run: ({ graph }) => graph.selection.set(graph.store.nodes.map((node) => node.id)) },
  { id: 'deselect', title: 'Select nothing', group: 'Select', keys: ['Escape'], when: (desk) => hasSelection(desk) || isFollowing() || isPlacing(), run: deselect },
  { id: 'walk-forward', title: 'Go along an edge', group: 'Select', keys: ['Alt+ArrowRight'], when: hasNodes, run: ({ graph }) => graph.camera.walk('forward') },
  { id: 'walk-back', title: 'Go back along an edge', group: 'Select', keys: ['Alt+ArrowLeft'], when: hasNodes, run: ({ graph }) => graph.camera.walk('back') },
  { id: 'walk-up', title: 'Go to the node above', group: 'Select', keys: ['Alt+ArrowUp'], when: hasNodes, run: ({ graph }) => graph.camera.walk('up') },
  { id: 'walk-down', title: 'Go to the node below', group: 'Select', keys: ['Alt+ArrowDown'], when: hasNodes, run: ({ graph }) => graph.camera.walk('down') },
  { id: 'walk-edge', title: 'Go to the next edge', group: 'Select', keys: ['E'], when: ({ graph }) => graph.store.edges.length > 0, run: ({ graph }) => graph.camera.walk('edge') },
  { id: 'inspect', title: 'Open the inspector', group: 'Select', keys: ['Enter'], needs: 'something that is selected', when: hasSelection, run: inspect },

  { id: 'fit', title: 'Show everything', group: 'View', keys: ['Shift+1'], when: hasNodes, run: ({ graph }) => graph.camera.fit() },
  { id: 'fit-selection', title: 'Show the selection', group: 'View', keys: ['Shift+2'], needs: 'something that is selected', when: hasSelection, run: ({ graph }) => graph.camera.reveal([...graph.selection.ids]) },
  { id: 'zoom-in', title: 'Zoom in', group: 'View', keys: ['Mod+=', 'Mod++'], run: ({ graph }) => graph.camera.zoom(1.25) },
  { id: 'zoom-out', title: 'Zoom out', group: 'View', keys: ['Mod+-'], run: ({ graph }) => graph.camera.zoom(0.8) },
  { id: 'zoom-actual', title: 'Zoom to 100 %', group: 'View', keys: ['Shift+0', 'Mod+0'], run: ({ graph }) => graph.camera.actual() },
  { id: 'toggle-left', title: 'Show or hide the left panel', group: 'View', keys: ['Mod+B'], run: toggleLeftPanel },
  { id: 'toggle-outline', title: 'Show or hide the outline', group: 'View', keys: ['Mod+Shift+O'], run: toggleOutline },
  { id: 'toggle-right', title: 'Show or hide the right panel', group: 'View', keys: ['Mod+I'], run: toggleRightPanel },
  { id: 'toggle-runs', title: 'Show or hide runs', group: 'View', keys: ['Mod+J'], run: () => showInEditor({ runPanel: !useEditorView.getState().runPanel }) },
  { id: 'theme-light', title: 'Light theme', group: 'View', run: ({ setTheme }) => setTheme('light') },
  { id: 'theme-dark', title: 'Dark theme', group: 'View', run: ({ setTheme }) => setTheme('dark') },
  { id: 'theme-system', title: 'Theme of the system', group: 'View', run: ({ setTheme }) => setTheme('system') },

  { id: 'run', title: 'Run the graph', group: 'Run', keys: ['Mod+Enter'], when: (desk) => desk.graph.canRun && hasNodes(desk) && !isRunning(desk), run: (desk) => run(desk) },
  {
    id: 'run-here',
    title: 'Run the selected node',
    words: partRun,
    group: 'Run',
    keys: ['Mod+Shift+Enter'],
    needs: 'one node that is selected',
    when: (desk) => desk.graph.canRun && selectedNodes(desk).length === 1 && !isRunning(desk),
    run: (desk) => run(desk, selectedNodes(desk)[0]?.id),
  },
  { id: 'cancel-run', title: 'Cancel the run', group: 'Run', keys: ['Mod+.'], when: (desk) => desk.graph.canRun && isRunning(desk), run: cancel },

  { id: 'comment', title: 'Comment', group: 'Discuss', keys: ['Shift+C', 'Mod+Alt+M'], when: ({ graph }) => graph.canComment, run: beginComment },
  { id: 'next-unread', title: 'Go to the next unread comment', group: 'Discuss', keys: ['U'], when: ({ graph }) => graph.discussion.unreadTotal > 0, run: goToNextUnread },
  { id: 'toggle-comments', title: 'Show or hide comments', group: 'Discuss', keys: ['Mod+Alt+C'], run: toggleComments },

  { id: 'commands', title: 'Find a command or node', group: 'Graph', keys: ['Mod+K', '/'], hidden: true, run: () => showInEditor({ dialog: 'commands' }) },
  { id: 'help', title: 'Shortcuts', group: 'Graph', keys: ['?'], run: () => showInEditor({ dialog: 'help' }) },
  { id: 'versions', title: 'Versions', group: 'Graph', run: () => showInEditor({ dialog: 'versions' }) },
  { id: 'export', title: 'Export as a file', group: 'Graph', run: ({ graph }) => window.location.assign(exportUrl(graph.id, 'flowroom')) },
  { id: 'export-phase1', title: 'Export as a Phase 1 workspace', group: 'Graph', run: ({ graph }) => window.location.assign(exportUrl(graph.id, 'phase1')) },
  { id: 'all-graphs', title: 'Go to all graphs', group: 'Graph', run: ({ go }) => go('/') },
]

/** What a command is called just now, where that depends. */
export const titleNow = ({ title, words }: Command, desk: Desk) => [title, words?.(desk)].filter(Boolean).join(': ')

export const isAvailable = (command: Command, desk: Desk) => command.when?.(desk) ?? true

/** The command with this id; the table is fixed, so a missing one is a mistake in the program. */
export function commandOf(id: string): Command {
  const found = commands.find((command) => command.id === id)
  if (found === undefined) throw new Error(`There is no command ${id}.`)
  return found
}

/** What runs with the selected node: where events flow, and from a trigger, what follows; else what it needs (RUN-3). */
function partRun(desk: Desk): string | undefined {
  const [node] = selectedNodes(desk)
  if (node === undefined) return undefined
  const { store, types } = desk.graph
  const type = types.get(node.type)
  const isStart = store.meta.execution === 'cascade' || type?.body === 'chat' || type?.category === 'Triggers'
  return isStart ? 'and what follows' : 'with what it needs'
}

function nudges(): Command[] {
  const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] } as const
  return Object.entries(directions).flatMap(([key, [x, y]]) =>
    [1, 5].map((steps) => ({
      id: `nudge-${key}-${String(steps)}`,
      title: steps === 1 ? 'Move the selection' : 'Move the selection further',
      group: 'Edit' as const,
      keys: [steps === 1 ? key : `Shift+${key}`],
      hidden: true,
      when: (desk: Desk) => canEdit(desk) && selectedNodes(desk).length > 0,
      run: (desk: Desk) => nudge(desk, x * steps * gridSize, y * steps * gridSize),
    })),
  )
}

/** A node inside a selected container moves with it, so only the container is moved. */
function nudge({ graph }: Desk, x: number, y: number): void {
  graph.document.moveNodes(new Map(outermost(graph).map(({ id, pos }) => [id, [pos[0] + x, pos[1] + y]])), 'nudge')
}

function removeSelection(desk: Desk): void {
  const { document, selection } = desk.graph
  const nodes = selectedNodes(desk).length
  const name = `delete ${nodes > 0 ? some(nodes, 'node') : some(selection.ids.size, 'edge')}`
  document.gesture(() => remove(document, selection.ids), undefined, name)
}

function toggleDisabled(desk: Desk): void {
  const nodes = selectedNodes(desk)
  const disabled = nodes.some((node) => !node.disabled)
  desk.graph.document.gesture(() => {
    for (const { id } of nodes) desk.graph.document.updateNode(id, { disabled })
  })
}

const isFollowing = () => useEditorView.getState().following !== null
const isPlacing = () => useEditorView.getState().placing

function deselect({ graph }: Desk): void {
  if (isPlacing()) showInEditor({ placing: false })
  else if (isFollowing()) showInEditor({ following: null })
  else graph.selection.clear()
}

function toggleComments(): void {
  showInEditor({ rightPanel: useEditorView.getState().rightPanel === 'comments' ? null : 'comments' })
}

function toggleOutline(): void {
  showInEditor({ leftPanel: useEditorView.getState().leftPanel === 'outline' ? null : 'outline' })
}

async function run({ graph, complain }: Desk, start?: string): Promise<void> {
  if (start === undefined && (await ledToStart(graph))) return
  try {
    const { id } = await startRun(graph.id, start === undefined ? {} : { start })
    graph.run.show(id)
  } catch (error) {
    complain('The run did not start', error)
  }
}

async function cancel({ graph, complain }: Desk): Promise<void> {
  const { id } = graph.run
  if (id === undefined) return
  try {
    await cancelRun(id)
  } catch (error) {
    complain('The run was not cancelled', error)
  }
}
