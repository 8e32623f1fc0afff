import type { Space } from '@/document/space'
import { sizeWords } from '@/ui/sizeWords'

/** What is said of a graph that is nearly full, or full, to who edits it; `waits`: whether edits of theirs wait for room. */
export function spaceWords({ level, size, most }: Space, waits: boolean): { title: string; advice: string } {
  const taken = `${sizeWords(size)} of ${sizeWords(most)} are taken`
  const toDo = 'Delete what isn’t needed, or move a part of it to another graph'
  if (level !== 'full') {
    return { title: `This graph is nearly full: ${String(Math.floor((100 * size) / most))}%`, advice: `${taken}. ${toDo}.` }
  }
  return waits
    ? {
        title: 'This graph is full: your edits are not saved',
        advice: `${taken}, and what you added doesn’t fit into the rest. It waits in this browser. ${toDo}: then it is saved by itself.`,
      }
    : { title: 'This graph is full', advice: `${taken}. What you add now may have to wait in this browser. ${toDo}.` }
}

