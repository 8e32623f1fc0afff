/** The selected nodes lined up with each other, or spread with equal gaps: each level of groups by itself. */
import { type Line, lineUp } from '@/canvas/lineUp'
import type { Position } from '@/document/graphDocument'
import type { OpenGraph } from '@/document/openGraph'
import type { Node } from '@/document/schema.gen'
import { some } from '@/document/stepWords'
import { titleOf } from '@/document/titles'
import { toast } from '@/ui/toast'
import type { Command } from './command'
import { say } from './editorView'
import { outermost } from './groupCommands'

interface Lining {
  id: string
  title: string
  keys: string
  line: Line
}

/** The keys are Figma's. */
export const linings: readonly Lining[] = [
  { id: 'align-left', title: 'Align left', keys: 'Alt+A', line: ['x', 'start'] },
  { id: 'align-centres', title: 'Align horizontal centres', keys: 'Alt+H', line: ['x', 'middle'] },
  { id: 'align-right', title: 'Align right', keys: 'Alt+D', line: ['x', 'end'] },
  { id: 'align-top', title: 'Align top', keys: 'Alt+W', line: ['y', 'start'] },
  { id: 'align-middles', title: 'Align vertical centres', keys: 'Alt+V', line: ['y', 'middle'] },
  { id: 'align-bottom', title: 'Align bottom', keys: 'Alt+S', line: ['y', 'end'] },
  { id: 'distribute-x', title: 'Distribute horizontally', keys: 'Alt+Shift+H', line: ['x', 'gaps'] },
  { id: 'distribute-y', title: 'Distribute vertically', keys: 'Alt+Shift+V', line: ['y', 'gaps'] },
]

export const lineUpCommands: readonly Command[] = linings.map((lining) => ({
  id: lining.id,
  title: lining.title,
  group: 'Edit',
  keys: [lining.keys],
  needs: `${lining.line[1] === 'gaps' ? 'three' : 'two'} nodes that are selected`,
  when: ({ graph }) => canLineUp(graph, lining),
  run: ({ graph }) => lineUpSelection(graph, lining),
}))

/** Two nodes can lie on a line; only between three there are gaps to make equal. */
const leastOf = ({ line: [, what] }: Lining) => (what === 'gaps' ? 3 : 2)

export const canLineUp = (graph: OpenGraph, lining: Lining) => graph.canEdit && levels(outermost(graph)).some((level) => level.length >= leastOf(lining))

/** What others are dragging stays with them, and is nothing to be lined up with: it stands nowhere yet. */
export function lineUpSelection(graph: OpenGraph, lining: Lining): void {
  const { document, presence } = graph
  const held = new Map(presence.peers.flatMap(({ clientId, user }) => (presence.motion(clientId).drag?.ids ?? []).map((id) => [id, user.name])))
  const nodes = outermost(graph)
  const moves = levels(nodes.filter(({ id }) => !held.has(id))).flatMap((level) => (level.length < leastOf(lining) ? [] : movesOf(graph, level, lining.line)))
  const name = `${lining.line[1] === 'gaps' ? 'distribute' : 'align'} ${some(moves.length, 'node')}`
  if (moves.length > 0) document.gesture(() => document.moveNodes(new Map(moves)), undefined, name)
  say(`${lining.title}: ${moves.length > 0 ? `${some(moves.length, 'node')} moved` : 'nothing to move'}.`)
  const stays = nodes.find(({ id }) => held.has(id))
  if (stays) toast.info(`“${titleOf(stays, graph.types.get(stays.type))}” stays where it is`, { description: `${held.get(stays.id) ?? ''} is moving it.` })
}

function levels(nodes: readonly Node[]): Node[][] {
  const byParent = new Map<string | null, Node[]>()
  for (const node of nodes) {
    const level = byParent.get(node.parent)
    if (level) level.push(node)
    else byParent.set(node.parent, [node])
  }
  return [...byParent.values()]
}

/** Where those of a level have to go that aren't there. */
function movesOf({ camera }: OpenGraph, level: readonly Node[], line: Line): [string, Position][] {
  const drawn = level.flatMap((node) => {
    const box = camera.boxOf(node.id)
    return box ? [{ node, box }] : []
  })
  const shifts = lineUp(drawn.map(({ box }) => box), line)
  return drawn.flatMap(({ node }, at): [string, Position][] => {
    const by = Math.round(shifts[at] ?? 0)
    if (by === 0) return []
    return [[node.id, line[0] === 'x' ? [node.pos[0] + by, node.pos[1]] : [node.pos[0], node.pos[1] + by]]]
  })
}
