/**
 * Everything that can go wrong with a graph or a connection, the same tree as in Python (flowroom/errors.py):
 *
 *     FlowroomError
 *     ├── InvalidGraph          a graph, or a part of it, breaks a rule of the model
 *     │   ├── NoSuchNode
 *     │   └── NoSuchEdge
 *     ├── ConnectionRefused     the server closed the door for good (4400-4499)
 *     │   ├── NotSignedIn
 *     │   ├── NotAllowed
 *     │   └── NoSuchDocument
 *     ├── RequestRefused        the HTTP API answered with a problem other than those
 *     └── ConnectionLost        the connection ended, or nothing answers
 *
 * A message says what was expected, what came, and what to do about it; the facts are properties.
 */
import { CloseCode } from '@/document/protocol.gen'

export class FlowroomError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
  }
}

export class InvalidGraph extends FlowroomError {}

export class NoSuchNode extends InvalidGraph {
  constructor(readonly node: string) {
    super(`There is no node '${node}' in this graph; it may have been deleted meanwhile.`)
  }
}

export class NoSuchEdge extends InvalidGraph {
  constructor(readonly edge: string) {
    super(`There is no edge '${edge}' in this graph; it may have been deleted meanwhile.`)
  }
}

/** The server closed a connection with a code that trying again will not change. */
export class ConnectionRefused extends FlowroomError {
  constructor(
    readonly code: number,
    readonly reason: string,
  ) {
    super(`${reason} (close code ${String(code)})`)
  }
}

export class NotSignedIn extends ConnectionRefused {}
export class NotAllowed extends ConnectionRefused {}
export class NoSuchDocument extends ConnectionRefused {}

/** The server's HTTP API answered with a problem; `problem` is what else it said (RFC 9457). */
export class RequestRefused extends FlowroomError {
  constructor(
    readonly status: number,
    readonly what: string,
    readonly problem: Readonly<Record<string, unknown>> = {},
  ) {
    super(`${what} (HTTP status ${String(status)})`)
  }
}

export class ConnectionLost extends FlowroomError {}

const refusals: Readonly<Record<number, typeof ConnectionRefused>> = {
  [CloseCode.NOT_SIGNED_IN]: NotSignedIn,
  [CloseCode.NOT_ALLOWED]: NotAllowed,
  [CloseCode.NO_SUCH_DOCUMENT]: NoSuchDocument,
}

/** What a final close code is as an error. */
export function refusal(code: number, reason: string): ConnectionRefused {
  return new (refusals[code] ?? ConnectionRefused)(code, reason)
}
