/** "until 31 Jan 2030, 09:00:00", of seconds since 1970; nothing of anything else. */
export const untilWords = (until: unknown) =>
  typeof until === 'number'
    ? `until ${new Date(until * 1000).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' })}`
    : ''
