import type * as Y from 'yjs'

import type { OpenGraph } from '@/document/openGraph'
import { titleOf } from '@/document/titles'

import type { News } from './announce'
import { were } from './words'

type Change = Y.YEvent<Y.AbstractType<unknown>>

/** Which nodes others added, deleted and renamed. Where they put them and what they set is too much to be read out. */
export function newsOfNodes({ document, types }: OpenGraph, onNews: () => void): News {
  const { nodes } = document
  const titleNow = (id: string) => {
    const node = document.node(id)
    return node && titleOf(node, types.get(node.type))
  }
  const titles = new Map([...nodes.keys()].map((id) => [id, titleNow(id)]))
  const byOthers = new Set<string>()
  const onChange = (events: Change[], { local }: Y.Transaction) => {
    const ids = events.flatMap(affected)
    for (const id of ids) {
      if (local) titles.set(id, titleNow(id))
      if (local) byOthers.delete(id)
      else byOthers.add(id)
    }
    if (!local && ids.length > 0) onNews()
  }
  nodes.observeDeep(onChange)

  const tell = () => {
    const changes = [...byOthers].map((id) => ({ id, before: titles.get(id), after: titleNow(id) }))
    byOthers.clear()
    for (const { id, after } of changes) titles.set(id, after)
    return inWords(changes)
  }
  return { tell, stop: () => nodes.unobserveDeep(onChange) }
}

/** The ids of nodes that came, went or are called otherwise. */
function affected(event: Change): string[] {
  const [id] = event.path
  if (id === undefined) return [...event.keys.keys()]
  return event.path.length === 1 && event.keys.has('name') ? [String(id)] : []
}

function inWords(changes: { before: string | undefined; after: string | undefined }[]): string[] {
  const added = changes.flatMap(({ before, after }) => (before === undefined && after !== undefined ? [after] : []))
  const deleted = changes.flatMap(({ before, after }) => (before !== undefined && after === undefined ? [before] : []))
  const renamed = changes.filter(({ before, after }) => before !== undefined && after !== undefined && before !== after)
  const [one, another] = renamed
  return [
    added.length > 0 && `${were(added)} added.`,
    deleted.length > 0 && `${were(deleted)} deleted.`,
    another !== undefined && `${String(renamed.length)} nodes were renamed.`,
    one !== undefined && another === undefined && `“${String(one.before)}” is called “${String(one.after)}” now.`,
  ].filter((sentence) => sentence !== false)
}
