import type { OpenGraph } from '@/document/openGraph'
import { isProse } from '@/document/records'
import { cardSize, snapped } from './geometry'

/**
 * Put a new node of a type with its middle at a place in canvas units, and select it. Prose parameters are made at once,
 * empty, so that two people who start to write in one never make two texts of which one is lost.
 */
export function createNode(graph: OpenGraph, typeName: string, [x, y]: readonly [number, number]): string {
  const type = graph.types.get(typeName)
  const ports = { inputs: type?.inputs ?? [], outputs: type?.outputs ?? [] }
  const fields = { id: '', size: null } as Parameters<typeof cardSize>[0]
  const size = cardSize(fields, type, ports)
  const pos = freePlace(graph, snapped([x - size.width / 2, y - size.height / 2]))
  const id = graph.document.addNode(typeName, { pos, typeVersion: type?.version ?? 1, params: proseOf(type?.params) })
  graph.selection.set([id])
  return id
}

/** The empty texts of a type's prose parameters; those that may be absent stay absent. */
function proseOf(schema: Record<string, unknown> | undefined): Record<string, string> {
  const properties = (schema?.['properties'] ?? {}) as Record<string, { type?: unknown; default?: unknown }>
  return Object.fromEntries(
    Object.entries(properties).flatMap(([key, { type, default: fallback }]) =>
      isProse(key) && type === 'string' ? [[key, typeof fallback === 'string' ? fallback : '']] : [],
    ),
  )
}

/** A little further down and right, as long as another node sits exactly there. */
function freePlace(graph: OpenGraph, [x, y]: [number, number]): [number, number] {
  const taken = new Set(graph.store.nodes.map((node) => node.pos.join()))
  let step = 0
  while (taken.has(`${String(x + step)},${String(y + step)}`)) step += 24
  return [x + step, y + step]
}
