import { Unlink } from 'lucide-react'

import { useGraph, useMeta, useNode, useNodeType, useProblems } from '@/document/hooks'
import type { Edge } from '@/document/schema.gen'
import { NodeIcon } from '@/nodes/NodeIcon'
import { Button } from '@/ui/Button'
import { categoryColour } from '@/ui/categoryColour'
import { Field } from '@/ui/Field'
import { Select, type SelectOption } from '@/ui/Select'
import { DraftInput } from '@/ui/TextInput'

import styles from './Inspector.module.css'
import { Problems } from './Problems'

const kinds: readonly SelectOption[] = [
  { value: 'flow', label: 'Flow', hint: 'The value goes in, and the target runs' },
  { value: 'data', label: 'Data', hint: 'The value is there to be used by its name' },
]

export function EdgeInspector({ edge }: { edge: Edge }) {
  const graph = useGraph()
  const { flowVariables } = useMeta()
  const problems = useProblems().filter((problem) => problem.edge === edge.id)
  const disabled = !graph.canEdit
  const change = (fields: Partial<Omit<Edge, 'id'>>) => {
    graph.document.updateEdge(edge.id, fields)
  }
  const nothingNames = edge.kind === 'flow' && !flowVariables
  return (
    <div className={styles.scroll}>
      <header className={styles.head}>
        <h2 className={styles.heading}>Connection</h2>
        <div className={styles.ends}>
          <End id={edge.source} port={edge.sourcePort} />
          <End id={edge.target} port={edge.targetPort} />
        </div>
        <Problems problems={problems} />
      </header>
      <div className={styles.section}>
        <Field label="Kind">
          {(control) => (
            <Select
              {...control}
              value={edge.kind}
              options={kinds}
              disabled={disabled}
              onChange={(kind) => {
                change({ kind: kind as Edge['kind'] })
              }}
            />
          )}
        </Field>
        <Field
          label="Variable"
          hint={
            nothingNames
              ? 'Not used here: in this graph, only data connections name variables'
              : 'A name for the value: {{ vars.name }} in the texts of the target'
          }
        >
          {(control) => (
            <DraftInput
              {...control}
              value={edge.varName ?? ''}
              placeholder="name"
              className={styles.mono}
              spellCheck={false}
              disabled={disabled}
              onCommit={(name) => {
                change({ varName: name.trim() === '' ? null : name.trim() })
              }}
            />
          )}
        </Field>
        <Field label="Condition" hint="The connection only carries what this is true for; empty means everything">
          {(control) => (
            <DraftInput
              {...control}
              value={edge.condition ?? ''}
              placeholder="value.total > 100"
              className={styles.mono}
              spellCheck={false}
              disabled={disabled}
              onCommit={(condition) => {
                change({ condition: condition.trim() === '' ? null : condition.trim() })
              }}
            />
          )}
        </Field>
        <Field label="Label" hint="Written on the line">
          {(control) => (
            <DraftInput
              {...control}
              value={edge.label ?? ''}
              disabled={disabled}
              onCommit={(label) => {
                change({ label: label.trim() === '' ? null : label.trim() })
              }}
            />
          )}
        </Field>
        {!disabled && (
          <div>
            <Button
              size="small"
              icon={<Unlink size={14} />}
              onClick={() => {
                graph.document.delete([edge.id])
              }}
            >
              Disconnect
            </Button>
          </div>
        )}
      </div>
    </div>
  )
}

function End({ id, port }: { id: string; port: string }) {
  const graph = useGraph()
  const node = useNode(id)
  const type = useNodeType(node?.type ?? '')
  return (
    <button
      type="button"
      className={styles.end}
      onClick={() => {
        graph.selection.set([id])
        graph.camera.reveal([id])
      }}
    >
      <span style={{ display: 'grid', color: categoryColour(type?.category ?? 'Other') }}>
        <NodeIcon name={type?.icon ?? 'circle-help'} size={15} />
      </span>
      <span>{node?.name || type?.title || node?.type || 'A node that is gone'}</span>
      <span>{port}</span>
    </button>
  )
}
