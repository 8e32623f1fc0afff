"""A browser as it comes in: where from, what it calls itself, and the cookies it leaves with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import Request
from starlette.responses import Response

from collab_server.auth.attempts import WRONG
from collab_server.auth.credentials import SESSION_COOKIE, set_cookies
from collab_server.auth.identity import Identity
from collab_server.auth.sessions import Browser, Opened
from collab_server.happenings import Happening
from collab_server.stores.people import email_key
from collab_server.workspace import Workspace


def address_of(request: Request) -> str:
    """The address that a request comes from, as far as proxies are believed."""
    return request.client.host if request.client else "unknown"


def browser_of(request: Request) -> Browser:
    """What a request tells of the browser that it comes from."""
    return Browser(address_of(request), request.headers.get("user-agent", ""))


def secure(request: Request, here: Workspace) -> bool:
    """Whether cookies are marked Secure: behind TLS, as far as this server can see or was told."""
    return here.settings.secure_cookies or request.url.scheme == "https"


def page_address(request: Request, here: Workspace, path: str) -> str:
    """The whole address of a page of this server, to be sent to somebody."""
    base = here.settings.public_url or f"{request.url.scheme}://{request.url.netloc}"
    return base.rstrip("/") + path


async def welcome(request: Request, response: Response, here: Workspace, opened: Opened) -> None:
    """Give a browser the session that was opened for it; the one it had ends, so that no old secret lives on."""
    before = request.cookies.get(SESSION_COOKIE)
    previous = await here.accounts.visitor(before) if before else None
    if previous is not None:
        await here.accounts.replaced(previous)
        here.attendance.dismiss([previous.session])
    set_cookies(response, opened.secret, secure=secure(request, here), seconds=here.accounts.session_seconds)


async def open_with_token(request: Request, here: Workspace, token: str) -> Opened:
    """Sign in by token, counting wrong ones by address. Raises NotSignedIn or RateLimited."""
    async with trying(request, here, "token"):
        return await here.accounts.sign_in(token, browser_of(request))


async def open_with_password(request: Request, here: Workspace, email: str, password: str) -> Opened:
    """Sign in by password, counting wrong ones by address and by account. Raises NotSignedIn or RateLimited."""
    async with trying(request, here, "password", account=email_key(email)):
        return await here.people.sign_in(email, password, browser_of(request))


@asynccontextmanager
async def trying(
    request: Request, here: Workspace, method: str, *, account: str | None = None, by: Identity | None = None
) -> AsyncIterator[None]:
    """Let someone show a secret in the block, which raises when it is wrong: that is counted, and in the list before it
    is answered. Raises RateLimited before the block is run.
    """
    try:
        async with here.guesses.counted(address_of(request), account):
            yield
    except WRONG:
        await refused(request, here, method, by=by)
        raise


async def refused(request: Request, here: Workspace, method: str, *, by: Identity | None = None) -> None:
    """Tell that someone could not come in. What they typed is not told: it may be a secret in the wrong field."""
    facts = {"method": method, "address": address_of(request)}
    await here.happenings.tell(Happening("session.refused", by=by, facts=facts))
