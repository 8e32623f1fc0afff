"""Everything the server refuses, and the one table that says how it is told.

    ServerError
    ├── NotSignedIn          no token, or one that is unknown, expired or revoked
    ├── NotAllowed           the role does not allow it
    │   ├── ForeignOrigin    a page of another site is asking
    │   └── MissingCsrf      a write with a cookie, but without the header that proves the page is ours
    ├── ForeignHost          called by a name that is not this server's
    ├── NotFound             no such graph, run, node or address
    ├── MethodNotAllowed     there is such an address, but not for this method
    ├── Conflict             it exists already, or changed meanwhile
    ├── TooLarge             over a limit of settings.py
    ├── InvalidRequest       understood by nobody
    ├── RateLimited          too much in a short time
    └── NotReady             not now; try again

Errors of the graph language (flowroom.errors) are in the table too. A message says what was expected, what came and
what to do; over HTTP it is a problem document (RFC 9457), over a socket a close code.
"""

from dataclasses import dataclass
from typing import Any

from flowroom.errors import (
    FlowroomError,
    InvalidDiscussion,
    InvalidFile,
    InvalidGraph,
    NewerSchema,
    NoSuchEdge,
    NoSuchMessage,
    NoSuchNode,
    NoSuchThread,
)
from flowroom.protocol import CloseCode


class ServerError(FlowroomError):
    """The root of what the server refuses; `facts` are added to the problem document as they are."""

    def __init__(
        self,
        detail: str,
        *,
        expected: object = None,
        received: object = None,
        advice: str = "",
        **facts: object,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts = {"expected": expected, "received": received, "advice": advice or None, **facts}


class NotSignedIn(ServerError):
    """Who is asking is not known."""


class NotAllowed(ServerError):
    """Who is asking is known, and may not."""


class ForeignOrigin(NotAllowed):
    """A page of another site is asking with this browser's cookies."""


class MissingCsrf(NotAllowed):
    """A write with a cookie but without X-CSRF-Token."""


class ForeignHost(ServerError):
    """The Host header names another server, as in DNS rebinding."""


class NotFound(ServerError):
    """There is no such thing."""


class MethodNotAllowed(ServerError):
    """The address exists, but not for this method."""


class Conflict(ServerError):
    """It exists already, or is in a state that forbids this."""


class TooLarge(ServerError):
    """More than a limit allows."""


class InvalidRequest(ServerError):
    """Not what this address expects."""


class RateLimited(ServerError):
    """Too much in a short time. `retry_after` in seconds becomes the header."""

    def __init__(self, detail: str, *, retry_after: int) -> None:
        super().__init__(detail, advice=f"Wait {retry_after} s and try again.", retryAfter=retry_after)
        self.retry_after = retry_after


class NotReady(ServerError):
    """The server can't do it just now."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How an error is told: the HTTP status, the close code of a socket, and the problem's name and title."""

    status: int
    close: CloseCode
    name: str
    title: str


ANSWERS: dict[type[BaseException], Answer] = {
    NotSignedIn: Answer(401, CloseCode.NOT_SIGNED_IN, "not-signed-in", "Not signed in"),
    ForeignOrigin: Answer(403, CloseCode.NOT_ALLOWED, "foreign-origin", "Request from another site"),
    MissingCsrf: Answer(403, CloseCode.NOT_ALLOWED, "missing-csrf", "CSRF token missing or wrong"),
    NotAllowed: Answer(403, CloseCode.NOT_ALLOWED, "not-allowed", "Not allowed"),
    ForeignHost: Answer(421, CloseCode.NOT_ALLOWED, "foreign-host", "Unknown host name"),
    NotFound: Answer(404, CloseCode.NO_SUCH_DOCUMENT, "not-found", "Not found"),
    NoSuchNode: Answer(404, CloseCode.NO_SUCH_DOCUMENT, "not-found", "Not found"),
    NoSuchEdge: Answer(404, CloseCode.NO_SUCH_DOCUMENT, "not-found", "Not found"),
    NoSuchThread: Answer(404, CloseCode.NO_SUCH_DOCUMENT, "not-found", "Not found"),
    NoSuchMessage: Answer(404, CloseCode.NO_SUCH_DOCUMENT, "not-found", "Not found"),
    MethodNotAllowed: Answer(405, CloseCode.MALFORMED, "method-not-allowed", "Method not allowed"),
    Conflict: Answer(409, CloseCode.MALFORMED, "conflict", "Conflict"),
    TooLarge: Answer(413, CloseCode.TOO_LARGE, "too-large", "Too large"),
    NewerSchema: Answer(422, CloseCode.MALFORMED, "newer-schema", "Written by a newer Flowroom"),
    InvalidGraph: Answer(422, CloseCode.MALFORMED, "invalid-graph", "Not a valid graph"),
    InvalidDiscussion: Answer(422, CloseCode.MALFORMED, "invalid-comment", "Not a valid comment"),
    InvalidFile: Answer(422, CloseCode.MALFORMED, "invalid-file", "Not a readable file"),
    InvalidRequest: Answer(422, CloseCode.MALFORMED, "invalid-request", "Not a valid request"),
    RateLimited: Answer(429, CloseCode.RATE_LIMITED, "rate-limited", "Too many requests"),
    NotReady: Answer(503, CloseCode.NOT_READY, "not-ready", "Not ready"),
}
UNEXPECTED = Answer(500, CloseCode.NOT_READY, "unexpected", "Something went wrong")


def answer(error: BaseException) -> Answer:
    """The row of ANSWERS for the nearest class of an error; UNEXPECTED when there is none."""
    return next((ANSWERS[kind] for kind in type(error).__mro__ if kind in ANSWERS), UNEXPECTED)


def problem(error: BaseException, *, request_id: str | None = None) -> dict[str, Any]:
    """The problem document (RFC 9457) of an error; an unexpected one says nothing of what happened inside."""
    row = answer(error)
    detail = str(error) if row is not UNEXPECTED else "The server made a mistake; its log has the details."
    body = {"type": f"/problems/{row.name}", "title": row.title, "status": row.status, "detail": detail}
    facts = dict(error.facts) if isinstance(error, ServerError) else {}
    extra = {**facts, "requestId": request_id}
    return body | {key: value for key, value in extra.items() if value is not None}
