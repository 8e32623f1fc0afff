import { portOf, sideOf } from './groupPorts'
import type { Node, NodeType } from './schema.gen'

/** What people call a node: its name; else the port it stands for, if it is an end of a group; else what it is. */
export function titleOf(node: Node, type: NodeType | undefined): string {
  return node.name || (sideOf(node) && portOf(node)) || type?.title || node.type
}
