import { ArrowRight } from 'lucide-react'

import { showInEditor } from '@/commands/editorView'
import { useGraph } from '@/document/hooks'

import { culprit } from './culprit'
import styles from './RunPanel.module.css'

export interface WhyFailedProps {
  error: string
  /** Of the nodes that are still in the graph. */
  titles: ReadonlyMap<string, string>
}

/** Why the shown run failed, and the way to the node it failed at. */
export function WhyFailed({ error, titles }: WhyFailedProps) {
  const graph = useGraph()
  const id = culprit(error, graph.run.store?.nodeRows ?? new Map(), titles)
  if (id === undefined) {
    return (
      <p className={styles.error} role="alert">
        {error}
      </p>
    )
  }
  const goThere = () => {
    graph.selection.set([id])
    graph.camera.reveal([id])
    graph.camera.focus(id)
    showInEditor({ rightPanel: 'inspector', nodeTab: 'output' })
  }
  return (
    <div role="alert">
      <button type="button" className={`${styles.error} ${styles.culprit}`} title="Go to the node that failed" onClick={goThere}>
        <span>{error}</span>
        <ArrowRight size={14} aria-hidden />
      </button>
    </div>
  )
}
