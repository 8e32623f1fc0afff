import type { ShareLink } from '@/api/peopleShapes'

const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })

/** "opened by 3 people · until 12 Mar, 14:00" */
export function linkFacts({ opened, expiresAt }: Pick<ShareLink, 'opened' | 'expiresAt'>): string {
  const by = opened === 0 ? 'not opened yet' : opened === 1 ? 'opened by 1 person' : `opened by ${opened} people`
  return `${by} · ${expiresAt === null ? 'until it is ended' : `until ${day.format(expiresAt * 1000)}`}`
}
