/**
 * A prose or code parameter that people write together, on its Y.Text. Loaded when it is first needed: CodeMirror is
 * larger than the rest of the editor.
 */
import { useEffect, useId, useRef, useState } from 'react'
import type * as Y from 'yjs'

import { useGraph, useNodeText } from '@/document/hooks'

import styles from './CodeField.module.css'
import { openEditor } from './code/openEditor'

export interface CodeFieldProps {
  node: string
  param: string
  language?: string
  placeholder?: string
  labelledBy: string
  describedBy?: string
}

export function CodeField({ node, param, language = 'text', placeholder, labelledBy, describedBy }: CodeFieldProps) {
  const graph = useGraph()
  const text = useNodeText(node, param)
  const buttonId = useId()
  const [justMade, setJustMade] = useState(false)
  const hint = placeholder ?? teach(language)
  if (text === undefined) {
    return (
      <button
        type="button"
        className={styles.unwritten}
        id={buttonId}
        aria-labelledby={`${labelledBy} ${buttonId}`}
        aria-describedby={describedBy}
        disabled={!graph.canEdit}
        onClick={() => {
          // A text is only made when someone wants to write: looking at a node changes nothing.
          setJustMade(true)
          graph.document.ensureText(node, param)
        }}
      >
        {hint}
      </button>
    )
  }
  return (
    <Editor
      key={`${node}/${param}/${language}`}
      node={node}
      param={param}
      text={text}
      language={language}
      placeholder={hint}
      labelledBy={labelledBy}
      describedBy={describedBy}
      focused={justMade}
    />
  )
}

interface EditorProps extends CodeFieldProps {
  language: string
  placeholder: string
  text: Y.Text
  focused: boolean
}

function Editor({ node, param, text, language, placeholder, labelledBy, describedBy, focused }: EditorProps) {
  const graph = useGraph()
  const host = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const parent = host.current
    if (parent === null) return
    const editor = openEditor({ graph, node, param, text, language, placeholder, labelledBy, describedBy, parent })
    if (focused) editor.focus()
    return () => {
      editor.destroy()
    }
    // `focused` is how it starts, not a reason to start again.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [graph, node, param, text, language, placeholder, labelledBy, describedBy])
  return <div ref={host} className={styles.editor} />
}

function teach(language: string): string {
  switch (language) {
    case 'template':
      return 'Write here. {{ inserts a value of an earlier step.'
    case 'text':
      return 'Write here'
    default:
      return `Write ${language} here`
  }
}
