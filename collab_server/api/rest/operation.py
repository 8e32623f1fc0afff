"""For those who run the server: how it sees a call, what its rooms and peers do, and how much its log says."""

import time
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request

from collab_server.api.rest.bodies import Body
from collab_server.api.rest.callers import Admin, Here
from collab_server.api.rest.problems import documented
from collab_server.rooms.traffic import Measure, RoomTraffic, busiest
from flowroom.logging import LogLevel, get_level
from flowroom.model import Value

router = APIRouter(tags=["Operation"])
MOST_ROOMS = 100


class Seen(Value):
    """A call as the server saw it, behind whatever proxy: the caller's address, how they came, and the time here.

    `forwarded_for` is the header as it came.
    """

    address: str
    forwarded_for: str
    scheme: str
    host: str
    time: float


class WorkerLoad(Value):
    """How many rooms a worker has open, and about how much memory their documents take."""

    worker: str
    open: int
    memory: int
    max_memory: int


class Rooms(Value):
    """The rooms that were sent most, of all workers that answered; `open` and `memory` are sums over them.

    A document is open at each worker that someone has it from. `silent` is how many workers did not answer in time,
    `trouble` why no other could be asked.
    """

    items: list[RoomTraffic]
    open: int
    memory: int
    max_memory: int
    workers: list[WorkerLoad]
    silent: int
    trouble: str | None


class Level(Body):
    """How much the server writes into its log."""

    level: LogLevel


@router.get("/server/seen", responses=documented())
async def get_seen(request: Request, _caller: Admin) -> Seen:
    """How the server sees this call; `flowroom doctor` compares it with how it was sent."""
    address = request.client.host if request.client else ""
    return Seen(
        address=address,
        forwarded_for=request.headers.get("x-forwarded-for", ""),
        scheme=request.url.scheme,
        host=request.headers.get("host", ""),
        time=time.time(),
    )


@router.get("/server/rooms", responses=documented())
async def list_rooms(
    _caller: Admin,
    here: Here,
    by: Annotated[Measure, Query(description="What most is counted in")] = "bytes",
    limit: Annotated[int, Query(ge=1, le=MOST_ROOMS)] = 20,
) -> Rooms:
    """The busiest rooms of all workers, and the busiest peers in them."""
    gathered = await here.deployment.traffic(by=by, limit=limit)
    answers = gathered.answers
    return Rooms(
        items=busiest([item for answer in answers for item in answer.items], by=by, limit=limit),
        open=sum(answer.open for answer in answers),
        memory=sum(answer.memory for answer in answers),
        max_memory=sum(answer.max_memory for answer in answers),
        workers=[WorkerLoad(**answer.model_dump(include=set(WorkerLoad.model_fields))) for answer in answers],
        silent=gathered.silent,
        trouble=gathered.trouble,
    )


@router.get("/server/log-level", responses=documented())
async def get_log_level(_caller: Admin) -> Level:
    """How much the worker that answers writes into its log."""
    return Level.model_validate({"level": get_level()})


@router.put("/server/log-level", responses=documented())
async def set_log_level(body: Level, caller: Admin, here: Here) -> Level:
    """Have every worker write more or less into its log, until it ends."""
    here.deployment.set_log_level(body.level, by=caller.id)
    return body
