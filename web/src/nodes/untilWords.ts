import { now } from '@/ui/now'

/** "until 9:00:00 AM", with the day when it isn't today, of seconds since 1970; nothing of anything else. */
export function untilWords(until: unknown): string {
  if (typeof until !== 'number') return ''
  const at = new Date(until * 1000)
  const isToday = at.toDateString() === new Date(now()).toDateString()
  return `until ${at.toLocaleString(undefined, { dateStyle: isToday ? undefined : 'medium', timeStyle: 'medium' })}`
}
