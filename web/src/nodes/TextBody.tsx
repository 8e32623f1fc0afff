import { useGraph, useNode, useRunNode } from '@/document/hooks'
import type { Node } from '@/document/schema.gen'
import { Badge } from '@/ui/Badge'

import styles from './NodeBody.module.css'
import { Output } from './Output'
import { fieldsOf, wordsFor } from './schemaFields'
import { usageWords } from './usageWords'

/** A node that writes, such as a language model: what it is told, and its answer while it is written. */
export function TextBody({ id }: { id: string }) {
  const { types } = useGraph()
  const node = useNode(id)
  const run = useRunNode(id)
  if (node === undefined) return null
  const { provider, model } = node.params
  const providers = fieldsOf(types.get(node.type)?.params ?? {}).find(({ key }) => key === 'provider')
  const prompt = firstText(node.params['prompt'], node.params['promptTemplate'], node.params['template'], node.params['source'])
  const badge = firstText(model, wordsFor(providers, provider), provider)
  const answered = run !== undefined && (run.stream !== '' || run.preview !== null || run.error !== null)
  return (
    <div className={styles.body}>
      {(badge !== '' || (run?.usage ?? null) !== null) && (
        <div className={styles.badges}>
          {badge !== '' && <Badge tone="accent">{badge}</Badge>}
          {usageWords(run?.usage ?? null).map((words) => (
            <Badge key={words}>{words}</Badge>
          ))}
        </div>
      )}
      {!answered && (
        <p className={prompt === '' ? styles.faint : styles.prompt}>{prompt === '' ? nothingWritten(node) : prompt}</p>
      )}
      {run !== undefined && <Output run={run} />}
    </div>
  )
}

/** Only what has a prompt sends on what comes in when it is empty. */
function nothingWritten({ type }: Node): string {
  return type === 'LLM'
    ? 'Sends on what comes in, as it is. Select the node to write a prompt.'
    : 'Empty. Select the node to write in it.'
}

function firstText(...values: unknown[]): string {
  for (const value of values) if (typeof value === 'string' && value.trim() !== '') return value.trim()
  return ''
}
