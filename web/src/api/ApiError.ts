/** What the server said when it refused; `message` is the sentence to show. */
export class ApiError extends Error {
  readonly status: number
  readonly title: string
  readonly detail: string
  /** Everything else the problem document said (RFC 9457). */
  readonly facts: Readonly<Record<string, unknown>>

  constructor(status: number, title: string, detail = '', facts: Record<string, unknown> = {}) {
    super(detail === '' ? title : detail)
    this.name = 'ApiError'
    this.status = status
    this.title = title
    this.detail = detail
    this.facts = facts
  }

  /** Whether signing in again is what helps. */
  get signedOut(): boolean {
    return this.status === 401
  }
}

/** The sentence to show for anything that was thrown. */
export function sentenceOf(error: unknown): string {
  if (error instanceof ApiError) return error.message
  if (error instanceof TypeError) return 'The server can’t be reached. Check that it is running, then try again.'
  return error instanceof Error ? error.message : String(error)
}

/** The sentence, and what to do about it where the server says so; who tried too often is told when to come back. */
export function helpOf(error: unknown): string {
  if (!(error instanceof ApiError)) return sentenceOf(error)
  const { advice, retryAfter } = error.facts
  if (typeof retryAfter === 'number') return `${error.message} Try again after ${timeIn(retryAfter)}.`
  return typeof advice === 'string' && advice !== '' ? `${error.message} ${advice}` : error.message
}

const timeIn = (seconds: number) => new Date(Date.now() + seconds * 1000).toLocaleTimeString('en-GB')

/** Reads a refused response, whatever body it came with. */
export async function errorOf(response: Response): Promise<ApiError> {
  const body = await problemIn(response)
  const { title, detail, ...facts } = body
  return new ApiError(
    response.status,
    typeof title === 'string' && title !== '' ? title : fallbackTitle(response.status),
    typeof detail === 'string' ? detail : '',
    facts,
  )
}

async function problemIn(response: Response): Promise<Record<string, unknown>> {
  if (!(response.headers.get('content-type') ?? '').includes('json')) return {}
  try {
    const body: unknown = await response.json()
    return typeof body === 'object' && body !== null ? { ...body } : {}
  } catch {
    // A body that says JSON and is none: the status alone has to do.
    return {}
  }
}

function fallbackTitle(status: number): string {
  if (status === 401) return 'You are not signed in. Open the address that Flowroom printed when it started.'
  if (status === 403) return 'Your role does not allow this.'
  if (status === 404) return 'This does not exist any more.'
  if (status === 413) return 'This is larger than the server accepts.'
  if (status >= 500) return 'The server had a problem. Nothing of yours is lost; try again in a moment.'
  return `The server refused this (status ${status}).`
}
