import type { Completion, CompletionContext, CompletionResult, CompletionSource } from '@codemirror/autocomplete'

import type { OpenGraph } from '@/document/openGraph'

import { variablesOf } from './variablesOf'

/** Offers what a node can insert, after `{{` or, in a Phase 1 prompt, after `{`. */
export function variableCompletion(graph: OpenGraph, node: string, param: string): CompletionSource {
  return (context: CompletionContext): CompletionResult | null => {
    const single = param === 'promptTemplate'
    const opened = context.matchBefore(single ? /\{[A-Za-z0-9_.-]*/ : /\{\{\s*[^{}\s]*/)
    if (opened === null) return null
    const opening = /^\{+\s*/.exec(opened.text)?.[0] ?? ''
    const after = context.state.sliceDoc(context.pos, context.pos + 3)
    return {
      from: opened.from + opening.length,
      options: variablesOf(graph.store, graph.types, node, single).map((variable, index) =>
        optionOf(variable, index, opening, after, single),
      ),
      validFor: /^[\w.-]*$/,
    }
  }
}

function optionOf(
  { path, from }: { path: string; from: string },
  index: number,
  opening: string,
  after: string,
  single: boolean,
): Completion {
  const closing = single ? '}' : '}}'
  const space = single || /\s$/.test(opening) ? '' : ' '
  const closed = after.trimStart().startsWith(closing)
  return {
    label: path,
    detail: from,
    boost: -index,
    apply: `${space}${path}${closed ? (single ? '' : ' ') : single ? '}' : ' }}'}`,
  }
}
