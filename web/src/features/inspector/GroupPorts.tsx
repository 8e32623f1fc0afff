/** What goes into a group and what comes out: names that its ends inside go by, too. */
import { ArrowDown, ArrowUp, Plus, X } from 'lucide-react'

import { addPort, endOf, movePort, portsOf, removePort, renamePort, type Side } from '@/document/groupPorts'
import { useGraph, useNodes } from '@/document/hooks'
import type { Node } from '@/document/schema.gen'
import { useNewRow } from '@/nodes/widgets/useNewRow'
import { useRowKeys } from '@/nodes/widgets/useRowKeys'
import { Button } from '@/ui/Button'
import { IconButton } from '@/ui/IconButton'
import { DraftInput } from '@/ui/TextInput'

import styles from './Inspector.module.css'

const words: Record<Side, { title: string; name: string; one: string; hint: string }> = {
  inputs: { title: 'Inputs', name: 'Input', one: 'input', hint: 'Each arrives inside at a Group Input of its name' },
  outputs: { title: 'Outputs', name: 'Output', one: 'output', hint: 'Each takes what reaches the Group Output of its name' },
}

export function GroupPorts({ node }: { node: Node }) {
  return (
    <>
      <PortList node={node} side="inputs" />
      <PortList node={node} side="outputs" />
    </>
  )
}

function PortList({ node, side }: { node: Node; side: Side }) {
  const { document, canEdit } = useGraph()
  const ports = portsOf(node, side)
  const { title, name, one, hint } = words[side]
  const { focusOf, expectRow } = useNewRow<string>()
  const { keyOf, renameRow } = useRowKeys(ports)
  return (
    <div role="group" aria-label={title} className={styles.ports}>
      <h3 className={styles.subheading}>{title}</h3>
      {ports.map((port, at) => (
        <div key={keyOf(port)} className={styles.port}>
          <DraftInput
            {...focusOf(port)}
            aria-label={`${name} ${String(at + 1)}`}
            value={port}
            disabled={!canEdit}
            onCommit={(wanted) => {
              if (renamePort(document, node.id, side, port, wanted)) renameRow(port, wanted.trim())
            }}
          />
          {canEdit && (
            <>
              <IconButton
                size="small"
                label={`Move ${port} up`}
                icon={<ArrowUp size={14} />}
                disabled={at === 0}
                onClick={() => {
                  movePort(document, node.id, side, port, -1)
                }}
              />
              <IconButton
                size="small"
                label={`Move ${port} down`}
                icon={<ArrowDown size={14} />}
                disabled={at === ports.length - 1}
                onClick={() => {
                  movePort(document, node.id, side, port, 1)
                }}
              />
              <IconButton
                size="small"
                label={`Remove ${port}`}
                icon={<X size={14} />}
                onClick={() => {
                  removePort(document, node.id, side, port)
                }}
              />
            </>
          )}
        </div>
      ))}
      {canEdit && (
        <Button
          size="small"
          variant="ghost"
          className={styles.add}
          icon={<Plus size={14} />}
          onClick={() => {
            expectRow(addPort(document, node.id, side, one))
          }}
        >
          Add {one}
        </Button>
      )}
      <p className={styles.faint}>{hint}</p>
      {canEdit && <LostEnds node={node} side={side} />}
    </div>
  )
}

/** Ports whose end inside is gone, for instance because someone else deleted it: they carry nothing. */
function LostEnds({ node, side }: { node: Node; side: Side }) {
  const { document } = useGraph()
  useNodes()
  const lost = portsOf(node, side).filter((port) => endOf(document, node.id, side, port) === undefined)
  if (lost.length === 0) return null
  return <p className={styles.faint}>Without an end inside: {lost.join(', ')}. Remove it and add it again.</p>
}

/** One end of a group: it is what its port is called. */
export function EndName({ node, group, side, port }: { node: Node; group: string; side: Side; port: string }) {
  const { document, canEdit } = useGraph()
  return (
    <label className={styles.ports}>
      <span className={styles.subheading}>Port of the group</span>
      <DraftInput
        key={node.id}
        value={port}
        disabled={!canEdit}
        onCommit={(name) => {
          renamePort(document, group, side, port, name)
        }}
      />
    </label>
  )
}
