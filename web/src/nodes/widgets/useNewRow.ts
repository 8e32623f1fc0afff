/**
 * A row that was just added takes the keyboard as soon as it is drawn: what one types next is meant for it. Without that
 * it would go to the button that was pressed, and from there to the canvas, whose shortcuts are plain letters.
 */
import { type FocusEvent, useState } from 'react'

/** `expectRow` names the row that is on its way; `focusOf` are the attributes of the field of each row. */
export function useNewRow<Row>() {
  const [awaited, setAwaited] = useState<Row>()
  const focusOf = (row: Row) => ({
    autoFocus: row === awaited,
    onFocus: ({ currentTarget }: FocusEvent<HTMLInputElement>) => {
      if (row !== awaited) return
      // What it was given is a suggestion, such as "case 2": typing replaces it.
      currentTarget.select()
      setAwaited(undefined)
    },
  })
  return { focusOf, expectRow: (row: Row) => setAwaited(row) }
}
