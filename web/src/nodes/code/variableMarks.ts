import {
  Decoration,
  MatchDecorator,
  ViewPlugin,
  type DecorationSet,
  type EditorView,
  type ViewUpdate,
} from '@codemirror/view'

const matcher = new MatchDecorator({
  regexp: /\{\{[^{}\n]*\}\}|\{[A-Za-z_][A-Za-z0-9_.-]*\}/g,
  decoration: Decoration.mark({ class: 'cm-variable' }),
})

/** Marks `{{ … }}` and Phase 1's `{name}`, so that what is replaced stands out from what is said. */
export const variableMarks = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet
    constructor(view: EditorView) {
      this.decorations = matcher.createDeco(view)
    }
    update(update: ViewUpdate) {
      this.decorations = matcher.updateDeco(update, this.decorations)
    }
  },
  { decorations: (plugin) => plugin.decorations },
)
