/** Asking for a higher role on a graph, and deciding what others ask for. */
import type { components } from '@/api/rest.gen'
import type { Role } from '@/api/shapes'
import { CloseCode } from '@/document/protocol.gen'
import { ConnectionLost, NotAllowed, RequestRefused } from './errors'
import type { Method, Requests } from './requests'

/** Someone asks for a role on a graph. `given` and `note` are the answer. Times are seconds since 1970. */
export type AccessRequest = components['schemas']['AccessRequest']

const waitSeconds = 20
const conflict = 409
const againAfterMs = 1000

export class Access {
  constructor(
    private readonly graph: string,
    private readonly requests: Requests,
  ) {}

  /** Ask, and wait until it is decided. Throws NotAllowed when it is declined, NoSuchDocument when withdrawn. */
  async ask(role: Role, reason: string): Promise<Role> {
    let request = await this.begin(role, reason)
    if (request === undefined) return (await this.send<{ mine: Role }>('GET', '')).mine
    while (request.state === 'open') request = await this.decided(request)
    if (request.given !== null) return request.given
    throw new NotAllowed(CloseCode.NOT_ALLOWED, declined(request))
  }

  /** What waits for a decision, the newest first: to admins all of it, to others their own. */
  async open(): Promise<AccessRequest[]> {
    return (await this.send<{ items: AccessRequest[] }>('GET', '/requests?state=open')).items
  }

  async decide(request: string | AccessRequest, answer: { state: 'granted' | 'declined'; role?: Role; note?: string }): Promise<void> {
    const id = typeof request === 'string' ? request : request.id
    await this.send('PATCH', `/requests/${id}`, answer)
  }

  /** The request, unless one may do that already. */
  private async begin(role: Role, reason: string): Promise<AccessRequest | undefined> {
    try {
      return await this.send<AccessRequest>('POST', '/requests', { role, reason })
    } catch (error) {
      if (error instanceof RequestRefused && error.status === conflict) return undefined
      throw error
    }
  }

  /** The request as it is after a while, or as soon as it is decided; a server that is away is asked again. */
  private async decided(request: AccessRequest): Promise<AccessRequest> {
    try {
      return await this.send<AccessRequest>('GET', `/requests/${request.id}?wait=${String(waitSeconds)}`)
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error
      await new Promise((resolve) => setTimeout(resolve, againAfterMs))
      return request
    }
  }

  private send<Answer>(method: Method, path: string, body?: unknown): Promise<Answer> {
    return this.requests.send(method, `/api/graphs/${encodeURIComponent(this.graph)}/access${path}`, body)
  }
}

function declined({ decider, role, note }: AccessRequest): string {
  return `${decider?.name ?? 'An admin'} declined the role ${role}${note === '' ? '.' : `: ${note}`}`
}
