/** How the selected nodes can be lined up with each other, or spread with equal gaps; lineUpSelection.ts does it. */
import type { Line } from '@/canvas/lineUp'
import type { OpenGraph } from '@/document/openGraph'
import type { Node } from '@/document/schema.gen'
import { untilThere } from '@/ui/later'
import type { Command } from './command'
import { outermost } from './groupCommands'

export interface Lining {
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
  run: ({ graph }) => lineUpSelected(graph, lining),
}))

/** Two nodes can lie on a line; only between three there are gaps to make equal. */
export const leastOf = ({ line: [, what] }: Lining) => (what === 'gaps' ? 3 : 2)

export const canLineUp = (graph: OpenGraph, lining: Lining) => graph.canEdit && levels(outermost(graph)).some((level) => level.length >= leastOf(lining))

export const importLineUp = () => import('./lineUpSelection')

export const lineUpSelected = async (graph: OpenGraph, lining: Lining) => (await untilThere(importLineUp)).lineUpSelection(graph, lining)

/** The nodes of each level of groups. */
export function levels(nodes: readonly Node[]): Node[][] {
  const byParent = new Map<string | null, Node[]>()
  for (const node of nodes) {
    const level = byParent.get(node.parent)
    if (level) level.push(node)
    else byParent.set(node.parent, [node])
  }
  return [...byParent.values()]
}
