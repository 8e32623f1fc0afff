"""What a connection shows to be let in: a bearer token, a token in the address, or a session cookie.

Pure reading; auth/accounts.py knows whom they belong to. A token that is shown wins over a cookie, since it was
given on purpose, while a browser sends its cookies with everything.
"""

from dataclasses import dataclass
from typing import Literal

from starlette.requests import HTTPConnection
from starlette.responses import Response

from collab_server.auth.tokens import csrf_token, same
from collab_server.errors import MissingCsrf

SESSION_COOKIE = "flowroom_session"
CSRF_COOKIE = "flowroom_csrf"
CSRF_HEADER = "x-csrf-token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

STRANGERS = ("/api/invitations/by-token/", "/api/links/by-token/")


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """A secret and how it came; without a repr, so that it can't slip into a log."""

    kind: Literal["token", "cookie"]
    secret: str


def credentials(connection: HTTPConnection) -> Credentials | None:
    """What this connection shows, if anything."""
    scheme, _, bearer = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and bearer.strip():
        return Credentials("token", bearer.strip())
    if token := connection.query_params.get("token"):
        return Credentials("token", token)
    if cookie := connection.cookies.get(SESSION_COOKIE):
        return Credentials("cookie", cookie)
    return None


def for_strangers(method: str, path: str) -> bool:
    """Whether this is a write that anyone may send: signing in, or using a key that someone was given."""
    return method == "POST" and (path.endswith("/api/session") or path.startswith(STRANGERS))


def check_csrf(connection: HTTPConnection) -> None:
    """Raise MissingCsrf when a write is authenticated by a cookie alone and lacks the header only our page can set."""
    shown = credentials(connection)
    if shown is None or shown.kind != "cookie" or connection.scope["method"] in SAFE_METHODS:
        return
    header, cookie = connection.headers.get(CSRF_HEADER, ""), connection.cookies.get(CSRF_COOKIE, "")
    if not (same(header, cookie) and same(header, csrf_token(shown.secret))):
        raise MissingCsrf(
            "A write with a session cookie needs the header X-CSRF-Token.",
            expected=f"X-CSRF-Token equal to the cookie {CSRF_COOKIE}",
            received="no such header" if not header else "another value",
            advice="Send the cookie's value in the header, or use an API token instead of the cookie.",
        )


def set_cookies(response: Response, session_token: str, *, secure: bool, seconds: int) -> None:
    """Sign a browser in: the session in a cookie no script can read, the CSRF token in one that ours can."""
    for name, value, hidden in (
        (SESSION_COOKIE, session_token, True),
        (CSRF_COOKIE, csrf_token(session_token), False),
    ):
        response.set_cookie(name, value, max_age=seconds, httponly=hidden, samesite="lax", secure=secure)


def clear_cookies(response: Response) -> None:
    """Sign a browser out."""
    response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="lax")
    response.delete_cookie(CSRF_COOKIE, samesite="lax")
