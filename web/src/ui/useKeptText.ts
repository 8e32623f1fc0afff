import { useState } from 'react'

const kept = new Map<string, string>()

/** A line that is being written outlives the window it is written in, for as long as the page is open; the key names who writes. */
export function useKeptText(key: string): [string, (next: string) => void] {
  const [text, setText] = useState(() => kept.get(key) ?? '')
  return [
    text,
    (next) => {
      setText(next)
      if (next === '') kept.delete(key)
      else kept.set(key, next)
    },
  ]
}
