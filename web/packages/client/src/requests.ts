/** Calls of the HTTP API, made in one's own name; whatever is refused throws an error of errors.ts. */
import { errorOf } from '@/api/ApiError'
import { csrfToken } from '@/api/csrf'
import { untilAnswered } from '@/api/untilAnswered'
import { CloseCode } from '@/document/protocol.gen'
import type { Address } from './address'
import { ConnectionLost, type FlowroomError, NoSuchDocument, NotAllowed, NotSignedIn, RequestRefused } from './errors'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
export type Query = Record<string, string | number | null | undefined>

export class Requests {
  constructor(private readonly address: Address) {}

  /** The JSON, or the text, of the answer; `null` for an empty one. `body` is sent as JSON, or as it is when it is a form. */
  async send<Answer>(method: Method, path: string, body?: unknown): Promise<Answer> {
    const answer = await this.answer(method, path, body)
    const text = await answer.text()
    if (answer.headers.get('Content-Type')?.startsWith('text/') === true) return text as Answer
    return (text === '' ? null : JSON.parse(text)) as Answer
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
    if (!response.ok) throw await refused(response)
    return response
  }

  private async fetch(method: Method, path: string, body: unknown): Promise<Response> {
    const sent = body === undefined ? null : body instanceof FormData ? body : JSON.stringify(body)
    try {
      return await fetch(this.address.url + path, { method, headers: this.headers(body), body: sent })
    } catch (error) {
      throw new ConnectionLost(`${this.address.url} does not answer (${String(error)}).`, { cause: error })
    }
  }

  private headers(body: unknown): Headers {
    const headers = new Headers({ Accept: 'application/json' })
    if (body !== undefined && !(body instanceof FormData)) headers.set('Content-Type', 'application/json')
    if (this.address.token !== undefined) headers.set('Authorization', `Bearer ${this.address.token}`)
    else if (typeof document !== 'undefined') headers.set('X-CSRF-Token', csrfToken())
    return headers
  }
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
