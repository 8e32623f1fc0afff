import { clock, exactly } from '@/ui/formatTime'
import { now } from '@/ui/now'

/** "until 09:00:00", with the day when it isn't today, of seconds since 1970; nothing of anything else. */
export function untilWords(until: unknown): string {
  if (typeof until !== 'number') return ''
  const isToday = new Date(until * 1000).toDateString() === new Date(now()).toDateString()
  return `until ${isToday ? clock(until) : exactly(until)}`
}
