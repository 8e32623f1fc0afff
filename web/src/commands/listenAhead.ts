import { showInEditor, useEditorView } from './editorView'

/**
 * While a dialog or a field over the canvas is on its way Escape gives it up, and what is typed for the field, or for the
 * palette of commands, waits for it there: none of that is meant for the canvas. Returns how to stop listening.
 */
export function listenAhead(): () => void {
  const onKeyDown = (event: KeyboardEvent) => {
    const { dialog, typedAhead } = useEditorView.getState()
    const fieldComes = document.querySelector('[data-field-comes]') !== null
    if (dialog === null ? !fieldComes : isThere(dialog)) return
    const givesUp = event.key === 'Escape'
    if (!givesUp && dialog !== 'commands' && !fieldComes) return
    event.stopPropagation()
    if (isForBrowser(event)) return
    event.preventDefault()
    if (isDone(typedAhead) && !givesUp) return
    if (fieldComes && event.key === 'Enter') return showInEditor({ typedAhead: `${typedAhead}\n` })
    showInEditor(givesUp ? { dialog: null, openEnd: null, renaming: null, typedAhead: '' } : { typedAhead: withKey(typedAhead, event.key) })
  }
  // Before any field hears of it.
  window.addEventListener('keydown', onKeyDown, true)
  return () => window.removeEventListener('keydown', onKeyDown, true)
}

/** The palette is there once it has the focus, which may be a moment after it is seen. */
const isThere = (dialog: string) =>
  Boolean(dialog === 'commands' ? document.activeElement?.closest('[cmdk-dialog]') : document.querySelector('[data-dialog]'))

/** Reloading, for one, is always possible. */
const isForBrowser = ({ key, ctrlKey, metaKey }: KeyboardEvent) => ctrlKey || metaKey || /^F\d+$/.test(key)

function withKey(typed: string, key: string): string {
  if (key === 'Backspace') return typed.slice(0, -1)
  return key.length === 1 ? typed + key : typed
}

/** Where Enter was pressed: what comes after it was not meant for the field. */
const isDone = (typed: string) => typed.endsWith('\n')
