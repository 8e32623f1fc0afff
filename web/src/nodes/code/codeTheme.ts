import { HighlightStyle } from '@codemirror/language'
import { EditorView } from '@codemirror/view'
import { tags } from '@lezer/highlight'

/** The editor in the colours of tokens.css, so that one theme serves light and dark. */
export const codeTheme = EditorView.theme({
  '&': {
    border: '1px solid var(--border-strong)',
    borderRadius: 'var(--radius-2)',
    background: 'var(--surface)',
    color: 'var(--text)',
    fontSize: 'var(--text-sm)',
  },
  '&:hover': { borderColor: 'var(--text-faint)' },
  '&.cm-focused': {
    borderColor: 'var(--focus)',
    outline: '2px solid color-mix(in srgb, var(--focus) 35%, transparent)',
  },
  '.cm-scroller': {
    maxHeight: '420px',
    minHeight: '84px',
    overflow: 'auto',
    fontFamily: 'var(--font-mono)',
    lineHeight: '1.6',
  },
  '.cm-content': { padding: '7px 0', caretColor: 'var(--text)' },
  '.cm-line': { padding: '0 10px' },
  '.cm-cursor': { borderLeftColor: 'var(--text)', borderLeftWidth: '1.5px' },
  '.cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': {
    background: 'color-mix(in srgb, var(--accent) 26%, transparent)',
  },
  '.cm-placeholder': { color: 'var(--text-faint)' },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': { background: 'var(--surface-pressed)', outline: 'none' },
  '.cm-variable': { borderRadius: '3px', background: 'var(--accent-soft)', color: 'var(--accent-ink)' },
  '.cm-tooltip': {
    overflow: 'hidden',
    border: '1px solid var(--border)',
    borderRadius: 'var(--radius-3)',
    background: 'var(--surface-raised)',
    boxShadow: 'var(--shadow-2)',
    color: 'var(--text)',
  },
  '.cm-tooltip-autocomplete > ul': { padding: '4px', fontFamily: 'var(--font-mono)', fontSize: 'var(--text-sm)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '4px 8px', borderRadius: 'var(--radius-2)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    background: 'var(--accent-soft)',
    color: 'var(--accent-ink)',
  },
  '.cm-completionDetail': {
    marginLeft: '10px',
    color: 'var(--text-faint)',
    fontStyle: 'normal',
    fontFamily: 'var(--font-sans)',
  },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '600' },
  '.cm-remoteCaret': {
    position: 'relative',
    marginLeft: '-1px',
    borderLeft: '2px solid var(--peer)',
    pointerEvents: 'none',
  },
  '.cm-remoteName': {
    position: 'absolute',
    bottom: '100%',
    left: '-2px',
    zIndex: '2',
    padding: '0 4px',
    borderRadius: '3px 3px 3px 0',
    background: 'var(--peer)',
    color: 'var(--peer-ink)',
    fontFamily: 'var(--font-sans)',
    fontSize: '10px',
    fontWeight: '600',
    lineHeight: '14px',
    whiteSpace: 'nowrap',
  },
  // On the first line there is no room above, inside a box that scrolls.
  '.cm-remoteAtTop .cm-remoteName': { bottom: 'auto', top: '100%', borderRadius: '0 3px 3px 3px' },
  '.cm-remoteAtEdge .cm-remoteName': { left: 'auto', right: '-1px' },
  '.cm-remoteSelection': { background: 'color-mix(in srgb, var(--peer) 24%, transparent)' },
})

/** Prompts and templates are read as prose. */
export const proseTheme = EditorView.theme({
  '.cm-scroller': { fontFamily: 'var(--font-sans)', fontSize: 'var(--text-md)', lineHeight: '1.55' },
})

export const highlighting = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword], color: 'var(--cat-4)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--ok-ink)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--warn-ink)' },
  { tag: [tags.comment, tags.meta], color: 'var(--text-faint)', fontStyle: 'italic' },
  { tag: [tags.function(tags.variableName), tags.propertyName], color: 'var(--running-ink)' },
  { tag: [tags.heading, tags.strong], fontWeight: '700' },
  { tag: tags.emphasis, fontStyle: 'italic' },
  { tag: [tags.link, tags.url], color: 'var(--accent-ink)' },
])
