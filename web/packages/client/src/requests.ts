/** Calls of the HTTP API, made in one's own name; whatever is refused throws an error of errors.ts. */
import { errorOf } from '@/api/ApiError'
import { csrfToken } from '@/api/csrf'
import { untilAnswered } from '@/api/untilAnswered'
import { CloseCode } from '@/document/protocol.gen'
import type { Address } from './address'
import { ConnectionLost, type FlowroomError, NoSuchDocument, NotAllowed, NotSignedIn, RequestRefused } from './errors'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
export type Query = Record<string, string | number | null | undefined>

/** How long a server may take to begin its answer; it takes 20 s by itself where it is asked to wait for something. */
const ANSWER_MS = 30_000

export class Requests {
  constructor(
    private readonly address: Address,
    private readonly answerMs = ANSWER_MS,
  ) {}

  /** The JSON, or the text, of the answer; `null` for an empty one. `body` is sent as JSON, or as it is when it is a form. */
  async send<Answer>(method: Method, path: string, body?: unknown): Promise<Answer> {
    const answer = await this.answer(method, path, body)
    const text = await answer.text()
    const kind = answer.headers.get('Content-Type') ?? ''
    if (kind.startsWith('text/html') && path.startsWith('/api/')) throw this.notFlowroom(answer, path, 'a page')
    if (kind.startsWith('text/')) return text as Answer
    try {
      return (text === '' ? null : JSON.parse(text)) as Answer
    } catch {
      throw this.notFlowroom(answer, path, 'something that is no JSON')
    }
  }

  /** The bytes of a file. */
  async bytes(path: string): Promise<Uint8Array> {
    return new Uint8Array(await (await this.answer('GET', path)).arrayBuffer())
  }

  /** Post what the server knows again when it comes twice, until there is an answer. Throws ConnectionLost after a while. */
  postUntilAnswered<Answer>(path: string, body: object, patienceMs: number): Promise<Answer> {
    return untilAnswered(
      () => this.send<Answer>('POST', path, body),
      (error) => error instanceof ConnectionLost,
      patienceMs,
    )
  }

  private async answer(method: Method, path: string, body?: unknown): Promise<Response> {
    const response = await this.fetch(method, path, body)
    if (isRedirect(response)) throw this.redirected(response, path)
    if (!response.ok) throw await refused(response)
    return response
  }

  private async fetch(method: Method, path: string, body: unknown): Promise<Response> {
    const sent = body === undefined ? null : body instanceof FormData ? body : JSON.stringify(body)
    const patience = new AbortController()
    const timer = setTimeout(() => patience.abort(new Error(`not within ${String(this.answerMs / 1000)} s`)), this.answerMs)
    const { signal } = patience
    try {
      return await fetch(this.address.url + path, { method, headers: this.headers(body), body: sent, redirect: 'manual', signal })
    } catch (error) {
      throw new ConnectionLost(`${this.address.url} does not answer (${reasonOf(error)}); is it running?`, { cause: error })
    } finally {
      clearTimeout(timer)
    }
  }

  private notFlowroom({ status }: Response, path: string, what: string): RequestRefused {
    return new RequestRefused(status, `${this.address.url}${path} answered with ${what}, which Flowroom does not: is the address right?`)
  }

  /** Followed, it would lose its token, or what was posted. A browser doesn't say where it leads. */
  private redirected({ status, headers }: Response, path: string): RequestRefused {
    const there = headers.get('Location')
    const where = there === null ? 'elsewhere: connect to the address that is there.' : `to ${there}: connect to the address that this begins with.`
    return new RequestRefused(status, `${this.address.url}${path} sends on ${where}`)
  }

  private headers(body: unknown): Headers {
    const headers = new Headers({ Accept: 'application/json' })
    if (body !== undefined && !(body instanceof FormData)) headers.set('Content-Type', 'application/json')
    if (this.address.token !== undefined) headers.set('Authorization', `Bearer ${this.address.token}`)
    else if (typeof document !== 'undefined') headers.set('X-CSRF-Token', csrfToken())
    return headers
  }
}

const isRedirect = ({ type, status }: Response) => type === 'opaqueredirect' || [301, 302, 303, 307, 308].includes(status)

/** Why nothing came: Node says "fetch failed", and puts the reason, of each address that it tried, inside of that. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0])
  return error.cause === undefined ? error.message : reasonOf(error.cause)
}

/** `?name=value…` of what is not empty. */
export function searchOf(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '')
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()
  return text === '' ? '' : `?${text}`
}

async function refused(response: Response): Promise<FlowroomError> {
  const { status, message, facts } = await errorOf(response)
  if (status === 401) return new NotSignedIn(CloseCode.NOT_SIGNED_IN, message)
  if (status === 403) return new NotAllowed(CloseCode.NOT_ALLOWED, message)
  if (status === 404) return new NoSuchDocument(CloseCode.NO_SUCH_DOCUMENT, message)
  return new RequestRefused(status, message, facts)
}
