/**
 * What React knows rows by that are named by their own content: the name, and for the row that was just renamed still the
 * name it had. It stays the same row, and the field in which one is keeps the keyboard.
 */
import { useState } from 'react'

export function useRowKeys(names: readonly string[]) {
  const [renamed, setRenamed] = useState<{ key: string; name: string }>()
  const keyOf = (name: string) => (renamed?.name === name && !names.includes(renamed.key) ? renamed.key : name)
  return { keyOf, renameRow: (from: string, to: string) => setRenamed({ key: keyOf(from), name: to }) }
}
