/** The server's clock, by the dates of its answers: a browser's may be wrong by any amount. */
const toleranceMs = 3_000
let aheadMs = 0

/** An answer says when it was sent, to the second; how long it was on its way is not worth a correction. */
export function hearTime(date: string | null): void {
  const differenceMs = Date.parse(date ?? '') - Date.now()
  if (!Number.isNaN(differenceMs)) aheadMs = Math.abs(differenceMs) < toleranceMs ? 0 : differenceMs
}

/** In milliseconds since 1970. */
export const serverTime = () => Date.now() + aheadMs
