/**
 * The scene as xyflow wants it. Objects are kept while nothing about them changed, because xyflow takes a new object
 * for a changed node; containers come before their contents, which have positions relative to them.
 */
import { type Edge as FlowEdge, type Node as FlowNode, type NodeProps, Position } from '@xyflow/react'
import type { Edge, Node, NodeType } from '@/document/schema.gen'
import { shared } from '@/document/store'
import { titleOf } from '@/document/titles'
import { type CardPorts, handleSize, portY, runsBack } from './geometry'
import { curveOf, type Scene, type SceneNode } from './scene'

export type CardData = { ports: CardPorts; isFrame: boolean }
export type Card = FlowNode<CardData, 'card' | 'frame'>
/** How far down the line passes if it runs backwards; one that does not stays the same line wherever its cards move. */
export type LineData = { below: number | undefined }
export type Line = FlowEdge<LineData, 'line'>

/** Positions on the way: of one's own drag, and of what others are dragging. Relative to the container. */
export type Moving = ReadonlyMap<string, readonly [number, number]>

/** Whether a card looks the same: it is moved from outside, and hears where it stands without being drawn anew. */
export const looksAlike = (before: NodeProps<Card>, now: NodeProps<Card>): boolean =>
  before.id === now.id && before.data === now.data && before.selected === now.selected

export class FlowElements {
  private cards = new Map<string, Card>()
  private lines = new Map<string, Line>()
  private lineRows = new WeakMap<Line, Edge>()
  private cardList: readonly Card[] = []
  private lineList: readonly Line[] = []

  nodes(scene: Scene, selected: ReadonlySet<string>, moving: Moving): readonly Card[] {
    const cards = new Map<string, Card>()
    for (const entry of this.inPageOrder(scene)) {
      const { id } = entry.node
      cards.set(id, this.card(entry, selected.has(id), moving.get(id) ?? entry.node.pos, scene))
    }
    this.cards = cards
    return (this.cardList = shared(this.cardList, [...cards.values()]))
  }

  /**
   * Containers first. What was there stays before what comes: React puts none elsewhere in the page, where it would lose the
   * focus and what it was scrolled to. usePageOrder.ts does that.
   */
  private inPageOrder(scene: Scene): SceneNode[] {
    const there = [...this.cards.keys()].flatMap((id) => scene.nodes.get(id) ?? [])
    const come = [...scene.nodes.values()].filter(({ node }) => !this.cards.has(node.id))
    return [...there, ...come].sort((a, b) => a.depth - b.depth)
  }

  edges(scene: Scene, selected: ReadonlySet<string>): readonly Line[] {
    const lines = new Map<string, Line>()
    for (const edge of scene.edges) lines.set(edge.id, this.line(edge, selected.has(edge.id), scene))
    this.lines = lines
    return (this.lineList = shared(this.lineList, [...lines.values()]))
  }

  private card(entry: SceneNode, selected: boolean, at: readonly [number, number], scene: Scene): Card {
    const { node, type, ports, box } = entry
    const before = this.cards.get(node.id)
    const isFrame = type?.container === true
    const parentId = node.parent !== null && scene.nodes.get(node.parent)?.type?.container === true ? node.parent : undefined
    if (
      before !== undefined &&
      before.selected === selected &&
      before.position.x === at[0] &&
      before.position.y === at[1] &&
      before.measured?.width === box.width &&
      before.measured.height === box.height &&
      before.data.ports === ports &&
      before.parentId === parentId &&
      before.ariaLabel === labelOf(node, type)
    ) {
      return before
    }
    return {
      id: node.id,
      type: isFrame ? 'frame' : 'card',
      position: { x: at[0], y: at[1] },
      data: before?.data.ports === ports ? before.data : { ports, isFrame },
      measured: { width: box.width, height: box.height },
      handles: before?.data.ports === ports && before.measured?.width === box.width ? before.handles : handlesOf(ports, box.width),
      selected,
      ariaLabel: labelOf(node, type),
      ...(parentId !== undefined && { parentId }),
      ...(isFrame && { style: { width: box.width, height: box.height }, zIndex: -1 }),
    }
  }

  private line(edge: Edge, selected: boolean, scene: Scene): Line {
    const before = this.lines.get(edge.id)
    const curve = curveOf(scene, edge)
    const below = curve && runsBack(curve) ? curve.below : undefined
    const ariaLabel = edgeLabelOf(edge, scene)
    if (
      before !== undefined &&
      this.lineRows.get(before) === edge &&
      before.selected === selected &&
      before.data?.below === below &&
      before.ariaLabel === ariaLabel
    ) {
      return before
    }
    const line: Line = {
      id: edge.id,
      type: 'line',
      source: edge.source,
      target: edge.target,
      sourceHandle: edge.sourcePort,
      targetHandle: edge.targetPort,
      selected,
      ariaLabel,
      domAttributes: byKeyOnly,
      data: { below },
    }
    this.lineRows.set(line, edge)
    return line
  }
}

/** Edges are drawn before nodes and would all be in the way of Tab: keys lead to them from a node. */
const byKeyOnly = { tabIndex: -1 }

function edgeLabelOf({ source, sourcePort, target, targetPort }: Edge, { nodes }: Scene): string {
  return `Edge from ${endOf(nodes.get(source), 'outputs', sourcePort)} to ${endOf(nodes.get(target), 'inputs', targetPort)}`
}

/** A node and its port, which goes without saying where there is only one. */
function endOf(entry: SceneNode | undefined, side: keyof CardPorts, name: string): string {
  if (entry === undefined) return name
  const title = titleOf(entry.node, entry.type)
  const ports = entry.ports[side]
  return ports.length < 2 ? title : `${title}, ${ports.find((port) => port.name === name)?.label || name}`
}

function labelOf(node: Node, type: NodeType | undefined): string {
  const [name, kind] = [titleOf(node, type), type?.title ?? node.type]
  return name === kind ? kind : `${name}, ${kind}`
}

/** Where edges attach, so that they can be drawn before the card was. */
function handlesOf(ports: CardPorts, width: number): NonNullable<Card['handles']> {
  const place = (name: string, at: number, side: 'source' | 'target') => ({
    id: name,
    type: side,
    position: side === 'source' ? Position.Right : Position.Left,
    x: (side === 'source' ? width : 0) - handleSize / 2,
    y: portY(ports, at) - handleSize / 2,
    width: handleSize,
    height: handleSize,
  })
  return [
    ...ports.inputs.map((port, at) => place(port.name, at, 'target')),
    ...ports.outputs.map((port, at) => place(port.name, at, 'source')),
  ]
}
