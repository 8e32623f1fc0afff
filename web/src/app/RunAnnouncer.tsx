/** Run events for those who can't see the canvas light up: a live region that speaks when something ends. */
import { useEffect, useState } from 'react'
import { useGraph } from '@/document/hooks'
import { nodeStateFaces, runStateFaces } from '@/nodes/nodeState'
import styles from './RunAnnouncer.module.css'

export function RunAnnouncer() {
  const { run, store, types } = useGraph()
  const [words, setWords] = useState('')
  useEffect(() => {
    let said = run.row?.status
    let runId = run.id
    const failed = new Set<string>()
    return run.subscribe(() => {
      if (run.id !== runId) {
        runId = run.id
        said = undefined
        failed.clear()
      }
      const news: string[] = []
      for (const [id, row] of run.store?.nodeRows ?? []) {
        if (nodeStateFaces[row.status].tone !== 'failed' || failed.has(id)) continue
        failed.add(id)
        const node = store.node(id)
        news.push(`${node?.name || (node && types.get(node.type)?.title) || 'A node'} failed.`)
      }
      const status = run.row?.status
      if (status !== undefined && status !== said) {
        said = status
        news.push(`Run: ${runStateFaces[status].label}.`)
      }
      if (news.length > 0) setWords(news.join(' '))
    })
  }, [run, store, types])
  return (
    <div className={styles.unseen} role="status" aria-live="polite">
      {words}
    </div>
  )
}
