import { useGraph, useMeta, useNodes, useProblems } from '@/document/hooks'
import type { Problem } from '@/document/checks'
import type { Meta } from '@/document/schema.gen'
import { Field } from '@/ui/Field'
import { Select, type SelectOption } from '@/ui/Select'
import { Switch } from '@/ui/Switch'
import { DraftArea, DraftInput } from '@/ui/TextInput'

import styles from './Inspector.module.css'
import { Problems } from './Problems'

const executions: readonly SelectOption[] = [
  { value: 'dataflow', label: 'Dataflow', hint: 'Each node runs once, when its inputs are there' },
  { value: 'cascade', label: 'Cascade', hint: 'From one node on, as Phase 1 did: a node runs each time a value comes' },
]

/** Nothing is selected: the graph itself. */
export function GraphSettings() {
  const graph = useGraph()
  const meta = useMeta()
  const problems = useProblems()
  const hasNodes = useNodes().length > 0
  const disabled = !graph.canEdit
  const change = (fields: Partial<Meta>) => {
    graph.document.setMeta(fields)
  }
  const open = ({ node, edge }: Problem) => {
    const id = node ?? edge
    if (id === undefined || id === null) return
    graph.selection.set([id])
    const ends = graph.store.edge(id)
    graph.camera.reveal(ends === undefined ? [id] : [ends.source, ends.target])
  }
  const nameOf = ({ node }: Problem) => {
    const found = node === null ? undefined : graph.store.node(node)
    return found && (found.name || graph.types.get(found.type)?.title || found.type)
  }
  return (
    <div className={styles.scroll}>
      <header className={styles.head}>
        <h2 className={styles.heading}>Graph</h2>
      </header>
      <div className={styles.section}>
        <Field label="Title">
          {(control) => (
            <DraftInput
              {...control}
              value={meta.title}
              disabled={disabled}
              onCommit={(title) => {
                if (title.trim() !== '') change({ title: title.trim() })
              }}
            />
          )}
        </Field>
        <Field label="Description" {...(graph.canEdit && { hint: 'The search on the home page finds it' })}>
          {(control) => (
            <DraftArea
              {...control}
              rows={3}
              value={meta.description}
              disabled={disabled}
              placeholder={graph.canEdit ? 'What is this graph for?' : 'Nobody has described it yet'}
              onCommit={(description) => {
                change({ description })
              }}
            />
          )}
        </Field>
      </div>
      <div className={styles.section}>
        <Field label="How it runs">
          {(control) => (
            <Select
              {...control}
              value={meta.execution}
              options={executions}
              disabled={disabled}
              onChange={(execution) => {
                change({ execution: execution as Meta['execution'] })
              }}
            />
          )}
        </Field>
        <Switch
          label="Flow connections name variables"
          hint="Phase 1 ignored such names, so graphs from there have this off."
          checked={meta.flowVariables}
          disabled={disabled}
          onChange={(flowVariables) => {
            change({ flowVariables })
          }}
        />
      </div>
      <div className={styles.section}>
        <h3 className={styles.subheading}>
          Problems{problems.length > 0 && <span className={styles.tally}>{problems.length}</span>}
        </h3>
        {problems.length === 0 ? (
          <p className={styles.faint}>{hasNodes ? 'None. This graph is ready to run.' : graph.canEdit ? 'Nothing to run yet: add a node.' : 'Nothing to run yet.'}</p>
        ) : (
          <Problems problems={problems} nameOf={nameOf} onOpen={open} />
        )}
      </div>
    </div>
  )
}
