import { useNode, useNodeType, useRunNode } from '@/document/hooks'

import styles from './NodeBody.module.css'
import { Output } from './Output'
import { summaryOf } from './summaryOf'

/** A node in brief: its telling settings, and what came out last. */
export function PlainBody({ id }: { id: string }) {
  const node = useNode(id)
  const type = useNodeType(node?.type ?? '')
  const run = useRunNode(id)
  if (node === undefined) return null
  // A card is small: once there is something to show for it, that matters more than the settings.
  const hasOutput = run !== undefined && (run.status === 'waiting' || run.preview !== null || run.stream !== '' || run.error !== null)
  const summary = hasOutput ? [] : summaryOf(node, type)
  if (summary.length === 0 && run === undefined) return null
  return (
    <div className={styles.body}>
      {summary.length > 0 && (
        <dl className={styles.summary}>
          {summary.map(({ key, label, value }) => (
            <div key={key} className={styles.pair}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {run !== undefined && <Output run={run} />}
    </div>
  )
}
