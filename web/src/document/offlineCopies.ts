/**
 * The copies of graphs that this browser keeps, after someone signed out: the next at this browser may be another. A
 * database can't be deleted while it is open, so it is done by the page that comes next.
 */
const key = 'flowroom:forget-copies'
const prefix = 'flowroom:'

/** The names of the copies of a graph and of its discussion. */
export const copyName = (graph: string) => `${prefix}graph:${graph}`
export const discussionCopyName = (graph: string) => `${prefix}discussion:${graph}`

export const forgetCopiesOnArrival = () => localStorage.setItem(key, 'yes')

/** Call where nobody is signed in, so that no graph is open. */
export async function forgetCopiesIfAsked(): Promise<void> {
  if (localStorage.getItem(key) === null) return
  localStorage.removeItem(key)
  for (const { name } of await indexedDB.databases()) {
    if (name?.startsWith(prefix)) indexedDB.deleteDatabase(name)
  }
}
