const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 5_000

/**
 * Sends what may be sent again, since something in it says that it is the same: for as long as nothing answers, and
 * patience lasts. `isUnanswered` tells such an error from a refusal.
 */
export async function untilAnswered<Answer>(
  send: () => Promise<Answer>,
  isUnanswered: (error: unknown) => boolean,
  patienceMs: number,
): Promise<Answer> {
  const until = Date.now() + patienceMs
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    try {
      return await send()
    } catch (error) {
      if (!isUnanswered(error) || Date.now() + wait > until) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, wait * (0.5 + Math.random() / 2)))
  }
}
