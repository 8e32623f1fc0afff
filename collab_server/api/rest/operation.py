"""For those who run the server: how it sees a call, what its rooms cost, and what it writes into its log."""

import time

from fastapi import APIRouter
from starlette.requests import Request

from collab_server.api.rest.callers import Admin
from collab_server.api.rest.problems import documented
from flowroom.model import Value

router = APIRouter(tags=["Operation"])


class Seen(Value):
    """A call as the server saw it, behind whatever proxy: the caller's address, how they came, and the time here.

    `forwarded_for` is the header as it came.
    """

    address: str
    forwarded_for: str
    scheme: str
    host: str
    time: float


@router.get("/server/seen", responses=documented())
async def get_seen(request: Request, _caller: Admin) -> Seen:
    """How the server sees this call; `flowroom doctor` compares it with how it was sent."""
    address = request.client.host if request.client else ""
    host = request.headers.get("host", "")
    return Seen(
        address=address,
        forwarded_for=request.headers.get("x-forwarded-for", ""),
        scheme=request.url.scheme,
        host=host,
        time=time.time(),
    )
