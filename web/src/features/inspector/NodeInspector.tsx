import { showInEditor, useEditorView } from '@/commands/editorView'
import { useGraph, useNodeType, useProblems } from '@/document/hooks'
import { portOf, sideOf } from '@/document/groupPorts'
import type { Node } from '@/document/schema.gen'
import { titleOf } from '@/document/titles'
import { FieldEditors, useEditingField } from '@/nodes/FieldEditors'
import { NodeIcon } from '@/nodes/NodeIcon'
import { SchemaForm } from '@/nodes/SchemaForm'
import { categoryColour } from '@/ui/categoryColour'
import { DraftInput } from '@/ui/TextInput'
import { Tabs } from '@/ui/Tabs'

import { EndName, GroupPorts } from './GroupPorts'
import styles from './Inspector.module.css'
import { NodeOutput } from './NodeOutput'
import { Problems } from './Problems'
import { RunSettings } from './RunSettings'

export function NodeInspector({ node }: { node: Node }) {
  const graph = useGraph()
  const type = useNodeType(node.type)
  const problems = useProblems().filter((problem) => problem.node === node.id)
  const editingName = useEditingField(node.id, 'name')
  const tab = useEditorView((view) => view.nodeTab)
  const title = type?.title ?? node.type
  const called = titleOf({ ...node, name: '' }, type)
  return (
    <>
      <header className={styles.head}>
        <div className={styles.identity} {...editingName}>
          <span className={styles.icon} style={{ color: categoryColour(type?.category ?? 'Other') }}>
            <NodeIcon name={type?.icon ?? 'circle-help'} size={17} />
          </span>
          <DraftInput
            aria-label="Name"
            className={styles.name}
            value={node.name}
            placeholder={called}
            title={titleOf(node, type)}
            disabled={!graph.canEdit}
            onCommit={(name) => {
              graph.document.updateNode(node.id, { name: name.trim() })
            }}
          />
          <FieldEditors id={node.id} param="name" />
        </div>
        <p className={styles.docs}>
          {titleOf(node, type) !== title && (
            <>
              <strong>{title}.</strong>{' '}
            </>
          )}
          {type?.description ??
            'This Flowroom does not know the type. The node keeps everything it has, and does not run.'}
        </p>
        <Problems problems={problems} />
      </header>
      <Tabs
        label="Node"
        value={tab}
        onChange={(nodeTab) => showInEditor({ nodeTab })}
        tabs={[
          {
            id: 'settings',
            label: 'Settings',
            content: (
              <div className={styles.section}>
                <Settings node={node} />
              </div>
            ),
          },
          { id: 'output', label: 'Output', content: <NodeOutput id={node.id} title={titleOf(node, type)} /> },
          { id: 'run', label: 'Run settings', content: <RunSettings node={node} /> },
        ]}
      />
    </>
  )
}

function Settings({ node }: { node: Node }) {
  const type = useNodeType(node.type)
  const side = sideOf(node)
  if (type === undefined) return <RawParams node={node} />
  if (type.container) return <GroupPorts node={node} />
  if (side !== undefined && node.parent !== null) {
    return <EndName node={node} group={node.parent} side={side} port={portOf(node)} />
  }
  return <SchemaForm id={node.id} type={type} />
}

function RawParams({ node }: { node: Node }) {
  return <pre className={styles.output}>{JSON.stringify(node.params, null, 2)}</pre>
}
