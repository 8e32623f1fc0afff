"""The two pages of signing in by another service: to there, and back from there."""

import base64
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from collab_server.api.rest.browsers import address_of, browser_of, page_address, refused, secure, welcome
from collab_server.api.rest.callers import Here
from collab_server.api.rest.problems import documented
from collab_server.auth.credentials import SESSION_COOKIE
from collab_server.auth.oidc import Provider, Ticket
from collab_server.auth.tokens import new_token
from collab_server.errors import NotFound, RateLimited, ServerError, answer
from collab_server.pages import not_signed_in
from collab_server.workspace import Workspace
from flowroom.errors import FlowroomError

router = APIRouter(tags=["People"])
COOKIE = "flowroom_oidc"
PATH = "/api/session/oidc"
MINUTES_TO_SIGN_IN = 10
REDIRECTS: dict[int | str, dict[str, Any]] = {303: {"description": "To a page of the other service, or of this one"}}


@router.get("/session/oidc", status_code=303, response_class=Response, responses=documented(404) | REDIRECTS)
async def begin_oidc(
    request: Request,
    here: Here,
    next: Annotated[str, Query(max_length=500, description="The page of this server to come back to")] = "/",
) -> Response:
    """Go to the other service to sign in. For anyone; a page, not for programs."""
    secret = new_token()
    url = await _provider(here).begin(Ticket.of(secret), back=page_address(request, here, f"{PATH}/callback"))
    response = RedirectResponse(url, 303, headers={"cache-control": "no-store"})
    kept = f"{secret}.{base64.urlsafe_b64encode(next.encode()).decode().rstrip('=')}"
    response.set_cookie(
        COOKIE,
        kept,
        max_age=MINUTES_TO_SIGN_IN * 60,
        path=PATH,
        httponly=True,
        samesite="lax",
        secure=secure(request, here),
    )
    return response


@router.get(
    "/session/oidc/callback",
    status_code=303,
    response_class=Response,
    responses=documented(404, 409, 429) | REDIRECTS,
)
async def finish_oidc(request: Request, here: Here) -> Response:
    """Come back from the other service, signed in. A page, not for programs: what is refused is told as one."""
    provider = _provider(here)
    secret, _, page = request.cookies.get(COOKIE, "").partition(".")
    try:
        async with here.guesses.counted(address_of(request)):
            claims = await provider.finish(
                Ticket.of(secret), request.query_params, back=page_address(request, here, f"{PATH}/callback")
            )
            before = request.cookies.get(SESSION_COOKIE)
            current = await here.accounts.visitor(before) if before else None
            opened = await here.by_provider.sign_in(claims, browser_of(request), current=current)
    except FlowroomError as error:
        if not isinstance(error, RateLimited):  # else whoever likes fills the list of what was done
            await refused(request, here, "oidc")
        response: Response = HTMLResponse(not_signed_in(_why(error)), answer(error).status)
    else:
        response = RedirectResponse(_own_page(page), 303)
        await welcome(request, response, here, opened)
    response.headers["cache-control"] = "no-store"
    response.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="lax")
    return response


def _provider(here: Workspace) -> Provider:
    if here.provider is None:
        raise NotFound(
            "No other service is set up here to sign in with.", advice="See FLOWROOM_OIDC_ISSUER in the settings."
        )
    return here.provider


def _why(error: FlowroomError) -> str:
    """What went wrong and what to do, as a text for people."""
    advice = error.facts.get("advice") if isinstance(error, ServerError) else None
    return f"{error} {advice}" if advice else str(error)


def _own_page(kept: str) -> str:
    """The page to go on with; never `//host`, which browsers take for another server."""
    try:
        wanted = base64.urlsafe_b64decode(kept + "=" * (-len(kept) % 4)).decode()
    except ValueError:
        return "/"
    plain = "".join(c for c in wanted if c.isprintable())
    return "/" + plain.lstrip("/\\")
