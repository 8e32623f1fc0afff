/**
 * What someone has begun to write, kept until it is sent: a closed window, a lost connection or a reload takes nothing
 * away. By person, graph and thread or anchor, in this tab.
 */
import { useState } from 'react'

import { type Draft, emptyDraft } from './mentions'

const prefix = 'flowroom:draft:'

export function useDraft(key: string, begin: Draft = emptyDraft): [Draft, (next: Draft) => void] {
  const [draft, setDraft] = useState(() => stored(key) ?? begin)
  return [
    draft,
    (next) => {
      setDraft(next)
      store(key, next)
    },
  ]
}

function stored(key: string): Draft | undefined {
  try {
    const kept = JSON.parse(sessionStorage.getItem(prefix + key) ?? 'null') as Draft | null
    return kept ?? undefined
  } catch {
    return undefined // Not ours, or the browser keeps nothing for this page.
  }
}

function store(key: string, draft: Draft): void {
  try {
    if (draft.text === '') sessionStorage.removeItem(prefix + key)
    else sessionStorage.setItem(prefix + key, JSON.stringify(draft))
  } catch {
    // The browser keeps nothing for this page: the draft lives as long as its window.
  }
}
