/**
 * What the server will say of a password, said while it is typed (collab_server/auth/passwords.py). The list of known
 * passwords stays there: what it refuses is told after sending.
 */
const MIN_CHARS = 12
const MAX_CHARS = 128
const LONGEST_UNIT = 4
const RUNS = [
  'abcdefghijklmnopqrstuvwxyz'.repeat(2),
  '01234567890123456789',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
]

export interface PasswordAdvice {
  /** Whether it is worth sending. */
  good: boolean
  sentence: string
  /** How far it is, from 0 to 1. */
  reached: number
}

export function adviseOn(password: string, { email = '', name = '' } = {}): PasswordAdvice {
  const chars = [...password].length
  const reached = Math.min(1, chars / MIN_CHARS)
  const no = (sentence: string): PasswordAdvice => ({ good: false, sentence, reached })
  if (chars === 0) return no(`${MIN_CHARS} characters or more. A few words that have nothing to do with each other are easy to keep in mind.`)
  if (chars < MIN_CHARS) return no(`${MIN_CHARS - chars} more to go.`)
  if (chars > MAX_CHARS) return no(`At most ${MAX_CHARS} characters are taken.`)
  const plain = password.toLowerCase()
  if (isRepeated(plain)) return no('The same few characters over and over are guessed first.')
  if (isRun(plain)) return no('A run along the alphabet or the keyboard is guessed first.')
  if (plain === email.toLowerCase() || plain === name.toLowerCase()) return no('A name or an address is guessed first.')
  return { good: true, sentence: 'Long enough, and not obvious.', reached }
}

const isRepeated = (text: string) =>
  Array.from({ length: LONGEST_UNIT }, (_, index) => text.slice(0, index + 1)).some(
    (unit) => unit.repeat(Math.ceil(text.length / unit.length)).slice(0, text.length) === text,
  )

const isRun = (text: string) => RUNS.some((run) => run.includes(text) || [...run].reverse().join('').includes(text))
