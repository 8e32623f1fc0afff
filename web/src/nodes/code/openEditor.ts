import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap } from '@codemirror/commands'
import { bracketMatching, syntaxHighlighting } from '@codemirror/language'
import { Compartment, EditorState, type Extension } from '@codemirror/state'
import { drawSelection, EditorView, keymap, placeholder as placeholderText } from '@codemirror/view'
import { yCollab } from 'y-codemirror.next'
import type * as Y from 'yjs'

import type { OpenGraph } from '@/document/openGraph'

import { codeTheme, highlighting, proseTheme } from './codeTheme'
import { languageOf } from './languageOf'
import { remoteCarets } from './remoteCarets'
import { variableCompletion } from './variableCompletion'
import { variableMarks } from './variableMarks'

export interface EditorOptions {
  graph: OpenGraph
  node: string
  param: string
  text: Y.Text
  language: string
  placeholder: string
  labelledBy: string
  describedBy?: string
  parent: HTMLElement
}

/** Opens an editor on a shared text; `destroy()` it when the field goes. */
export function openEditor(options: EditorOptions): EditorView {
  const { graph, node, param, text, language, parent } = options
  const languageSlot = new Compartment()
  const editor = new EditorView({
    parent,
    state: EditorState.create({
      doc: text.toString(),
      extensions: [
        keymap.of([...undoKeys(graph), ...closeBracketsKeymap, ...completionKeymap, ...defaultKeymap]),
        drawSelection(),
        EditorView.lineWrapping,
        EditorState.readOnly.of(!graph.canEdit),
        bracketMatching(),
        closeBrackets(),
        autocompletion({ override: [variableCompletion(graph, node, param)], icons: false }),
        placeholderText(options.placeholder),
        syntaxHighlighting(highlighting),
        isProse(language) ? [proseTheme, codeTheme] : codeTheme,
        variableMarks,
        EditorView.contentAttributes.of(attributesOf(options)),
        languageSlot.of([]),
        yCollab(text, null, { undoManager: graph.undo.manager }),
        remoteCarets(graph.presence, node, param, text),
      ],
    }),
  })
  languageOf(language).then(
    (extension: Extension) => editor.dispatch({ effects: languageSlot.reconfigure(extension) }),
    () => undefined, // It could not be fetched, being offline: the text stays without colours.
  )
  return editor
}

/** Undo belongs to the whole graph: what was typed here and what was dragged there are steps of one history. */
function undoKeys({ undo }: OpenGraph) {
  const undoStep = () => {
    undo.undo()
    return true
  }
  const redoStep = () => {
    undo.redo()
    return true
  }
  return [
    { key: 'Mod-z', run: undoStep, preventDefault: true },
    { key: 'Mod-Shift-z', run: redoStep, preventDefault: true },
    { key: 'Mod-y', run: redoStep, preventDefault: true },
  ]
}

function attributesOf({ labelledBy, describedBy, language }: EditorOptions): Record<string, string> {
  return {
    // A browser gets here without it, but what checks that one can scroll a long text by keyboard does not know that.
    tabindex: '0',
    'aria-labelledby': labelledBy,
    ...(describedBy === undefined ? {} : { 'aria-describedby': describedBy }),
    spellcheck: isProse(language) ? 'true' : 'false',
  }
}

const isProse = (language: string) => language === 'text' || language === 'template' || language === 'markdown'
