/** A server for tests: answers by method and path, and remembers what it was asked. */
export interface Asked {
  method: string
  url: URL
  headers: Headers
  body: unknown
}

/** A body of bytes is sent as it is, any other as JSON. */
type Answer = { status?: number; body?: unknown }

export class FakeServer {
  readonly asked: Asked[] = []
  private readonly answers = new Map<string, (asked: Asked) => Answer>()
  private readonly real = globalThis.fetch

  /** `route` is "GET /api/me"; the answer may depend on what is asked. */
  on(route: string, answer: Answer | ((asked: Asked) => Answer)): this {
    this.answers.set(route, typeof answer === 'function' ? answer : () => answer)
    return this
  }

  start(): this {
    globalThis.fetch = (input, init) => Promise.resolve(this.respond(input, init))
    return this
  }

  stop(): void {
    globalThis.fetch = this.real
  }

  private respond(input: RequestInfo | URL, init: RequestInit = {}): Response {
    const url = new URL(String(input), 'http://flowroom.test')
    const body: unknown = typeof init.body === 'string' ? JSON.parse(init.body) : init.body
    const asked = { method: init.method ?? 'GET', url, headers: new Headers(init.headers), body }
    this.asked.push(asked)
    const answer = this.answers.get(`${asked.method} ${url.pathname}`)?.(asked) ?? {
      status: 404,
      body: { title: 'There is no such thing.' },
    }
    const status = answer.status ?? 200
    if (answer.body instanceof Uint8Array) return new Response(answer.body as Uint8Array<ArrayBuffer>, { status })
    const type = status < 400 ? 'application/json' : 'application/problem+json'
    return new Response(status === 204 ? null : JSON.stringify(answer.body ?? null), {
      status,
      headers: { 'content-type': type },
    })
  }
}
