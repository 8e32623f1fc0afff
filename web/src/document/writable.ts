/**
 * What may be written into a shared document. The server refuses anything else, and whoever sent it; so it is refused
 * here, before it is in the document. The Python client does so in flowroom/plain.py.
 */

/** How deep lists and objects may nest (GUARD-5). */
const maxDepth = 32

/** A value that no document takes; the message says why. */
export class Unwritable extends Error {}

/** Throws Unwritable for what is no JSON, or nests too deep. */
export function mustBeWritable(value: unknown, left = maxDepth): void {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Unwritable(`JSON has no number ${String(value)}; use null or a text.`)
  if (typeof value !== 'object' || value === null) return
  if (left === 0) throw new Unwritable(`A value nests more than ${String(maxDepth)} deep in lists and objects; flatten it or keep it in a file.`)
  for (const each of Object.values(value)) mustBeWritable(each, left - 1)
}

export function isWritable(value: unknown): boolean {
  try {
    mustBeWritable(value)
    return true
  } catch {
    return false
  }
}
