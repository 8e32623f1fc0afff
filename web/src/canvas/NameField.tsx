/** The name of a node, edited on its card: Enter and leaving the field keep it, Escape gives it up. */
import { type KeyboardEvent, useEffect, useEffectEvent, useRef, useState } from 'react'
import { showInEditor, useEditorView } from '@/commands/editorView'
import { useGraph, useNodeType } from '@/document/hooks'
import type { Node } from '@/document/schema.gen'
import { titleOf } from '@/document/titles'
import { useEditingField } from '@/nodes/FieldEditors'
import { classNames } from '@/ui/classNames'
import styles from './NodeCard.module.css'

export function NameField({ node: { id, name }, node }: { node: Node }) {
  const { document, camera } = useGraph()
  const type = useNodeType(node.type)
  const field = useRef<HTMLInputElement>(null)
  const [ahead] = useState(useEditorView.getState().typedAhead)
  const editing = useEditingField(id, 'name')

  const finish = (written: string) => {
    if (useEditorView.getState().renaming !== id) return
    showInEditor({ renaming: null })
    if (written.trim() !== name) document.updateNode(id, { name: written.trim() })
  }
  const leave = useEffectEvent(finish)
  useEffect(() => {
    const input = field.current
    input?.focus({ preventScroll: true })
    if (ahead === '') input?.select()
    showInEditor({ typedAhead: '' })
    if (ahead.endsWith('\n')) leave(ahead)
    return () => {
      // A card that is out of view is not drawn: its field is left as by a click elsewhere.
      setTimeout(() => {
        if (input?.isConnected === false) leave(input.value)
      })
    }
  }, [ahead])

  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.nativeEvent.isComposing || (event.key !== 'Enter' && event.key !== 'Escape')) return
    event.stopPropagation()
    finish(event.key === 'Enter' ? event.currentTarget.value : name)
    camera.focus(id)
  }
  return (
    <input
      ref={field}
      className={classNames(styles.nameField, 'nodrag nopan')}
      aria-label={`Name of ${titleOf(node, type)}`}
      placeholder={titleOf({ ...node, name: '' }, type)}
      defaultValue={ahead.trimEnd() || name}
      onFocus={editing.onFocus}
      onBlur={(event) => {
        editing.onBlur()
        finish(event.currentTarget.value)
      }}
      onKeyDown={onKeyDown}
    />
  )
}
