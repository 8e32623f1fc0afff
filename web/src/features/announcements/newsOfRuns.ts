import type { OpenGraph } from '@/document/openGraph'
import { isFinished, type RunRow } from '@/document/runDocument'
import { titleOf } from '@/document/titles'
import { nodeStateFaces, runStateFaces } from '@/nodes/nodeState'

import type { News } from './announce'
import { list } from './words'

/** What was told of one run so far. */
interface Told {
  id: string
  status: RunRow['status'] | undefined
  failed: ReadonlySet<string>
}

/** That a run starts, that it ends, and which nodes fail in it; not how one stands that one looks back at. */
export function newsOfRuns({ run, store, types }: OpenGraph, onNews: () => void): News {
  const cameWith = store.meta.lastRun
  let told: Told | undefined
  const failedNow = () => [...(run.store?.nodeRows ?? [])].flatMap(([id, { status }]) => (isFailure(status) ? [id] : []))
  const asShown = ({ id, status }: RunRow): Told => ({ id, status, failed: new Set(failedNow()) })
  const onChange = () => {
    const { row } = run
    if (row === undefined) return
    if (row.id !== told?.id) {
      const isPast = row.id === cameWith || (isFinished(row) && row.id !== store.meta.lastRun)
      told = isPast ? asShown(row) : { id: row.id, status: undefined, failed: new Set() }
    }
    const { status, failed } = told
    if (row.status !== status || failedNow().some((id) => !failed.has(id))) onNews()
  }
  onChange()
  const stop = run.subscribe(onChange)

  const tell = () => {
    const { row } = run
    if (row === undefined || told === undefined || row.id !== told.id) return []
    const before = told
    told = asShown(row)
    const names = [...told.failed].flatMap((id) => {
      const node = before.failed.has(id) ? undefined : store.node(id)
      return node ? [titleOf(node, types.get(node.type))] : []
    })
    return [
      names.length > 0 && `${list(names)} failed.`,
      row.status !== before.status && `Run: ${runStateFaces[row.status].label}.`,
    ].filter((sentence) => sentence !== false)
  }
  return { tell, stop }
}

const isFailure = (status: keyof typeof nodeStateFaces) => nodeStateFaces[status].tone === 'failed'
