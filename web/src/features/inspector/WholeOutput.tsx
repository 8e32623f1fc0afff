import { useState } from 'react'

import { sentenceOf } from '@/api/ApiError'
import { useOutputs, type WholeValue } from '@/api/outputs'
import { Button } from '@/ui/Button'
import { sizeWords } from '@/ui/sizeWords'
import { TryAgain } from '@/ui/TryAgain'

import styles from './Inspector.module.css'

interface Props {
  run: string
  path: string
  iteration: number
  /** What the node is called: files are named by it. */
  title: string
  /** The beginning of it, which is known already. */
  preview: string
}

/** What a node gave, of which only the beginning is watched: all of it when it is asked for, and as files. */
export function WholeOutput({ run, path, iteration, title, preview }: Props) {
  const [isWanted, setWanted] = useState(false)
  const outputs = useOutputs(run, path, iteration, isWanted)
  if (outputs.data !== undefined) {
    return outputs.data.map((value) => <Value key={value.port} value={value} title={title} alone={outputs.data.length === 1} />)
  }
  return (
    <>
      <pre className={styles.output} aria-label="Output">
        {preview}
      </pre>
      {outputs.isError ? (
        <p>
          {sentenceOf(outputs.error)} <TryAgain onClick={() => void outputs.refetch()} />
        </p>
      ) : (
        <div>
          <Button
            size="small"
            busy={isWanted}
            onClick={() => {
              setWanted(true)
            }}
          >
            Show all
          </Button>
        </div>
      )}
    </>
  )
}

function Value({ value: { port, text, size, file }, title, alone }: { value: WholeValue; title: string; alone: boolean }) {
  const name = alone ? title : `${title} ${port}`
  return (
    <>
      {!alone && <strong>{port}</strong>}
      {text === null ? (
        <p>This is too large to be shown here.</p>
      ) : (
        <pre className={styles.output} aria-label={alone ? 'Output' : `Output ${port}`}>
          {text}
        </pre>
      )}
      {file !== null && (
        <a href={file.url} download={`${name.replace(/[^\p{L}\p{N} ._-]+/gu, '_')}.${file.ending}`}>
          Download ({sizeWords(size)})
        </a>
      )}
    </>
  )
}
