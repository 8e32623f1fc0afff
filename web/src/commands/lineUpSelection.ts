/** Lines the selected nodes up with each other, or spreads them with equal gaps: each level of groups by itself. */
import { type Line, lineUp } from '@/canvas/lineUp'
import type { Position } from '@/document/graphDocument'
import type { OpenGraph } from '@/document/openGraph'
import type { Node } from '@/document/schema.gen'
import { some } from '@/document/stepWords'
import { titleOf } from '@/document/titles'
import { toast } from '@/ui/toast'
import { say } from './editorView'
import { outermost } from './groupCommands'
import { leastOf, levels, type Lining } from './lineUpCommands'

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
