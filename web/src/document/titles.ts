import { portOf, sideOf } from './groupPorts'
import type { Node, NodeType, Port } from './schema.gen'

/**
 * What people call the parts of a graph, in every sentence: the twin of flowroom/titles.py.
 *
 * A node is called by its name; else by the port it stands for, if it is an end of a group; else by what it is.
 */
export function titleOf(node: Node, type: NodeType | undefined): string {
  return nameOf(node) || type?.title || node.type || node.id
}

/** The name that people gave a node, if only as the port of a group; templates know its value by it. */
export const nameOf = (node: Node): string => node.name || (sideOf(node) ? portOf(node) : '')

/** What a port is called on its node. */
export const labelOf = (port: Port): string => port.label || port.name
