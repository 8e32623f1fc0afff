/** Short random ids, as flowroom/ydoc.py makes them: 12 letters and digits, never parsed, never holding `/`. */
const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

export function newId(): string {
  const id: string[] = []
  while (id.length < 12) {
    // Bytes past the last full round of the alphabet would favour its first letters.
    for (const byte of crypto.getRandomValues(new Uint8Array(16))) {
      if (byte < 248 && id.length < 12) id.push(alphabet.charAt(byte % alphabet.length))
    }
  }
  return id.join('')
}
