/** Times as people say them. Seconds since 1970, as the server gives them in runs; ISO strings elsewhere. */

import { now } from './now'

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'long' })
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

/** "3 minutes ago", "yesterday"; "just now" below a minute. */
export function ago(at: string | number | Date, seen = now()): string {
  const seconds = (toDate(at).getTime() - seen) / 1000
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit)
  }
  return 'just now'
}

/** "14:03:27" */
export function clock(at: string | number | Date): string {
  return toDate(at).toLocaleTimeString('en-GB')
}

/** "25 Nov 2026, 14:03:27" */
export function exactly(at: string | number | Date): string {
  return toDate(at).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })
}

const SHORT_UNITS: [name: string, seconds: number][] = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
]

/** "340 ms", "2.4 s", "1 min 12 s", "3 h", "2 d 5 h" from seconds: the two largest units, or one if there is no rest. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.max(0, Math.round(seconds * 1000))} ms`
  const whole = Math.round(seconds)
  if (whole < 60) return `${seconds.toFixed(seconds < 9.95 ? 1 : 0)} s`
  const first = SHORT_UNITS.findIndex(([, size]) => whole >= size)
  let rest = whole
  return SHORT_UNITS.slice(first, first + 2)
    .flatMap(([name, size]) => {
      const many = Math.floor(rest / size)
      rest %= size
      return many === 0 ? [] : `${many} ${name}`
    })
    .join(' ')
}

/** Numbers below 1e11 are seconds since 1970, larger ones milliseconds. */
function toDate(at: string | number | Date): Date {
  if (typeof at === 'number') return new Date(at < 1e11 ? at * 1000 : at)
  return new Date(at)
}
