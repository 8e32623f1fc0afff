const format = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })

/** The day something ends, "12 Mar 2027"; for what has no end, "For ever". Times are seconds since 1970. */
export const until = (seconds: number | null) => (seconds === null ? 'For ever' : format.format(seconds * 1000))
