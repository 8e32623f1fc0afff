"""Problem documents (RFC 9457): the body of every answer that is not a success, and how errors become one."""

import json
from collections.abc import Sequence
from typing import Any

import orjson
from fastapi.exceptions import RequestValidationError
from pydantic import Field
from sqlalchemy.exc import DatabaseError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from collab_server.errors import (
    ANSWERS,
    InvalidRequest,
    MethodNotAllowed,
    NotAllowed,
    NotFound,
    NotReady,
    RateLimited,
    ServerError,
    problem,
)
from collab_server.logging import logger
from flowroom.errors import FlowroomError
from flowroom.model import Value

log = logger("http")

MEDIA_TYPE = "application/problem+json"


class Problem(Value):
    """What went wrong: what was expected, what came, and what to do about it."""

    type: str = Field(description="A name for this kind of problem, as a relative address")
    title: str
    status: int
    detail: str
    expected: Any = None
    received: Any = None
    advice: str | None = None
    request_id: str | None = Field(default=None, description="Find this id in the server's log")


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route for OpenAPI: the given statuses and those that any route may answer.

    A reference and not the model itself, of which FastAPI would build one validator a route and status: 0.3 s.
    """
    titles = {row.status: row.title for row in ANSWERS.values()} | {500: "Something went wrong"}
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": titles[status], "content": content}
        for status in sorted({401, 403, 413, 421, 422, 500, 503, *statuses})
    }


def response(error: BaseException, request_id: str | None) -> Response:
    """The answer to a request that ended in an error."""
    body = problem(error, request_id=request_id)
    headers = {"cache-control": "no-store"}
    if isinstance(error, RateLimited):
        headers["retry-after"] = str(error.retry_after)
    if body["status"] == 401:
        headers["www-authenticate"] = 'Bearer realm="Flowroom"'
    return Response(_encoded(body), body["status"], headers, MEDIA_TYPE)


def _encoded(body: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(body, default=str)
    except orjson.JSONEncodeError:  # what came is told, and may be what no JSON holds
        return json.dumps(body, default=str, ensure_ascii=False).encode(errors="replace")


async def on_error(request: Request, error: Exception) -> Response:
    """Exception handler for errors raised on purpose, and for those that were not: they tell nothing of the inside."""
    return response(error, _id(request))


async def on_invalid(request: Request, error: Exception) -> Response:
    """Exception handler for parameters and bodies that don't fit; says where and what, never the whole input."""
    assert isinstance(error, RequestValidationError)
    places = [{"where": _where(e["loc"]), "what": e["msg"].removeprefix("Value error, ")} for e in error.errors()[:20]]
    first = places[0]
    refusal = InvalidRequest(
        f"{first['where']}: {first['what']}",
        expected="what /api/docs describes for this address",
        received=f"{len(error.errors())} field(s) that don't fit",
        advice="Mend the fields named in `errors` and send it again.",
        errors=places,
    )
    return response(refusal, _id(request))


async def on_http(request: Request, error: Exception) -> Response:
    """Exception handler for what the framework refuses by itself: unknown addresses, methods, broken bodies."""
    assert isinstance(error, HTTPException)
    path = request.url.path
    refusal: ServerError
    match error.status_code:
        case 404:
            refusal = NotFound(f"There is nothing at {path}.", advice="See /api/docs for what there is.")
        case 405:
            refusal = MethodNotAllowed(f"{path} does not answer to {request.method}.", advice="See /api/docs.")
        case 403:
            refusal = NotAllowed(str(error.detail))
        case _:
            refusal = InvalidRequest(str(error.detail), advice="See /api/docs for what is expected here.")
    answer = response(refusal, _id(request))
    answer.headers.update(error.headers or {})
    return answer


async def on_storage(request: Request, error: Exception) -> Response:
    """Exception handler for a database that refuses: a full disk, a lock, damage, a standby, or so slow that no
    connection comes free. Other errors of SQL are mistakes.
    """
    if type(error) not in (OperationalError, InternalError, DatabaseError, NoConnectionFree):
        raise error
    log.error("storage refuses", path=request.url.path, error=str(getattr(error, "orig", error)))
    refusal = NotReady(
        "The server's storage does not take or give this just now; what is stored stays as it is.",
        advice="Try again in a moment. If it stays so, the disk may be full: the server's log has the reason.",
    )
    return response(refusal, _id(request))


HANDLERS: dict[Any, Any] = {
    Exception: on_error,  # answered here and raised again, so that the doorman logs it
    FlowroomError: on_error,
    RequestValidationError: on_invalid,
    HTTPException: on_http,
    DatabaseError: on_storage,
    NoConnectionFree: on_storage,
}


def _id(request: Request) -> str | None:
    found: str | None = getattr(request.state, "request_id", None)
    return found


def _where(location: Sequence[object]) -> str:
    return ".".join(str(part) for part in location) or "body"
