"""What every HTTP request passes on its way in and out, whichever part of the server answers it.

In: a request id, the Host and Origin checks, no control characters, the body limit. Out: security headers, a problem
document for whatever nobody caught, one log line and one span (of the path what is no key, and never the query, which
may hold a token) and the metrics.
Sockets do not come here: api/sync.py checks them itself, since it answers with close codes.
"""

import asyncio
import re
import secrets
import time

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from collab_server import metrics
from collab_server.api.rest import sizes
from collab_server.api.rest.problems import response
from collab_server.auth.origin import check
from collab_server.errors import InvalidRequest, NotFound, TooLarge
from collab_server.logging import logger
from collab_server.settings import Settings
from flowroom import tracing
from flowroom.errors import FlowroomError

log = logger("http")

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # editors write their rules into the page; no script gets in this way
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",  # the first address holds the token
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
KEYS = re.compile(r"^(/(?:invite|s|api/(?:invitations|links)/by-token)/)[^/]+")
"""Paths that hold the key of an invitation, a link or a new password."""
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
UNGUARDED = frozenset({"/livez", "/readyz"})
"""Probes call a server by whatever address they have; the answers tell nothing."""
DRAIN_SECONDS = 10.0


class Doorman:
    """The outermost ASGI layer."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        passage = _Passage(scope, receive, send, self._settings)
        await passage.through(self._app)


class _Passage:
    """One request on its way."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, settings: Settings) -> None:
        self._scope, self._receive, self._send, self._settings = scope, receive, send, settings
        self._status = 0
        self._over: TooLarge | None = None
        self._read = 0
        self._whole = False
        """Whether all of the body has come."""
        self._limit = sizes.most(scope["method"], scope["path"], settings)
        self._id = _request_id(Request(scope))
        self._trace = tracing.begun(Request(scope).headers.get("traceparent"))
        scope.setdefault("state", {})["request_id"] = self._id

    async def through(self, app: ASGIApp) -> None:
        started = time.perf_counter()
        known = tracing.current.set(self._trace)
        with structlog.contextvars.bound_contextvars(request=self._id):
            try:
                await self._guarded(app)
            finally:
                self._account_for(time.perf_counter() - started)
                tracing.current.reset(known)

    async def _guarded(self, app: ASGIApp) -> None:
        try:
            if self._scope["path"] not in UNGUARDED:
                check(Request(self._scope), self._settings)
            check_text(self._scope)
            self._check_announced_length()
            await app(self._scope, self._receive_counted, self._send_finished)
            if self._over is not None:
                await self._refuse(self._over)
        except FlowroomError as error:
            await self._refuse(error)
        except Exception as error:  # the rim: nothing above could answer, and the connection must not just end
            log.exception("request failed", method=self._scope["method"], path=shown(self._scope["path"]))
            await self._refuse(error)

    async def _refuse(self, error: Exception) -> None:
        if self._status:
            return
        if isinstance(error, TooLarge):
            await self._drain()
        await response(error, self._id)(self._scope, self._receive, self._send_with_headers)

    def _check_announced_length(self) -> None:
        announced = Request(self._scope).headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > self._limit:
            raise self._too_large(int(announced))

    async def _receive_counted(self) -> Message:
        message = await self._next()
        self._read += len(message.get("body", b""))
        if self._read > self._limit:
            self._over = self._too_large(self._read)
            raise self._over
        return message

    async def _next(self) -> Message:
        """The next part of the body; one that doesn't come counts as a client that has gone."""
        if self._whole:
            return await self._receive()
        try:
            async with asyncio.timeout(self._settings.body_seconds):
                message = await self._receive()
        except TimeoutError:
            log.info("request body stopped", path=shown(self._scope["path"]), read=self._read)
            message = {"type": "http.disconnect"}
        self._whole = not message.get("more_body", False)
        return message

    def _too_large(self, size: int) -> TooLarge:
        limit = self._limit - (sizes.MULTIPART_OVERHEAD if self._scope["path"] == sizes.IMPORT else 0)
        return TooLarge(
            "The request is larger than this server accepts.",
            expected=f"at most {limit} bytes",
            received=f"{size} bytes" if size > self._read else f"more than {limit} bytes",
            advice=sizes.advice(self._scope["method"], self._scope["path"]),
        )

    async def _drain(self) -> None:
        """Read and forget the rest for a while: a client that is still sending would not see the answer."""
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                while (await self._receive()).get("more_body", False):
                    pass
        except TimeoutError:
            log.info("gave up draining an oversized request", path=shown(self._scope["path"]))

    async def _send_finished(self, message: Message) -> None:
        if self._over is not None and not self._status:
            return  # a parser took the cut body for a broken one; _guarded tells what really was the matter
        await self._send_with_headers(message)

    async def _send_with_headers(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
            headers["x-request-id"] = self._id
            headers["traceparent"] = self._trace.header
        await self._send(message)

    def _account_for(self, seconds: float) -> None:
        method, path = self._scope["method"], self._scope["path"]
        route = _route(self._scope)
        metrics.count(method, route, self._status, seconds)
        if path not in UNGUARDED:
            self._tell(method, route, shown(path))
        quiet = method in ("GET", "HEAD") and self._status < 400
        note = log.debug if quiet else log.warning if self._status >= 500 else log.info
        note("request", method=method, path=shown(path), status=self._status, ms=round(seconds * 1000, 1))

    def _tell(self, method: str, route: str, path: str) -> None:
        facts: tracing.Facts = {
            "http.request.method": method,
            "http.route": route,
            "url.path": path,
            "http.response.status_code": self._status,
        }
        error = str(self._status) if self._status >= 500 else None
        tracing.ended(f"{method} {route}", self._trace, facts, kind="server", error=error)


def shown(path: str) -> str:
    """A path as logs and traces may have it."""
    return KEYS.sub(r"\1…", path)


def check_text(scope: Scope) -> None:
    """Raise NotFound or InvalidRequest for characters that no name here has, and that databases have no place for."""
    if scope["path"].startswith("/api/") and any(ord(c) < 32 for c in scope["path"]):
        raise NotFound("There is nothing at an address with control characters.", received=scope["path"][:200])
    if b"%00" in scope["query_string"] or b"\0" in scope["query_string"]:
        raise InvalidRequest(
            "The query has the character NUL in it.",
            expected="text without it",
            received="%00",
            advice="Leave that character out.",
        )


def _request_id(request: Request) -> str:
    """The caller's own id when it is a plain one, so that logs can be followed across servers."""
    given = request.headers.get("x-request-id", "")
    return given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def _route(scope: Scope) -> str:
    """The pattern of the route that answered, as `/api/graphs/{id}`."""
    route = getattr(scope.get("route"), "path_format", None) or getattr(scope.get("route"), "path", None)
    root: str = scope.get("root_path", "")
    return f"{root}{route}" if route else "unmatched"
