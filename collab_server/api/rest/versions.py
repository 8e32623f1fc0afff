"""Versions of graphs, what was refused of them, and the way back to a good state."""

from typing import Annotated, Any, Literal

from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field, StringConstraints
from starlette.requests import Request

from collab_server.api.rest.bodies import NO_NUL, Body
from collab_server.api.rest.callers import Admin, Editor, Here, Viewer
from collab_server.api.rest.files import attachment
from collab_server.api.rest.problems import documented
from collab_server.errors import InvalidRequest, TooLarge
from collab_server.restoring import content
from collab_server.stores.documents import DocumentKey
from collab_server.stores.versions import Version
from flowroom.files import native
from flowroom.model import Value

router = APIRouter(tags=["Versions"])
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
YJS = "application/octet-stream"
MOST_POINTS = 200


async def whole_body(request: Request) -> bytes:
    """What was sent. To be asked for before the caller, whose role counts as it is when all of it has come."""
    return await request.body()


Sent = Annotated[bytes, Depends(whole_body)]


class GraphVersion(Value):
    """A state that is kept. `at` is seconds since 1970, `size` bytes, `author` a name."""

    id: str
    label: str
    author: str
    at: float
    epoch: int
    size: int
    reason: str = Field(
        description="kept: by someone who asked for it; copy: of a client that had an older epoch; "
        "restore: what a restore put aside"
    )
    title: str
    nodes: int
    edges: int


class GraphVersions(Value):
    """One page of versions, newest first. `next` is the `before` of the next page."""

    items: list[GraphVersion]
    next: str | None


class RefusedUpdate(Value):
    """Bytes that were refused and kept aside, without the bytes."""

    id: int
    at: float
    origin: str
    user: str
    reason: str
    size: int


class RestorePoint(Value):
    """An entry of the log that the graph can be restored to."""

    seq: int
    at: float
    origin: str
    user: str
    size: int


class Quarantine(Value):
    """What was refused of a graph, and where it can be taken back to, both newest first."""

    refused: list[RefusedUpdate]
    points: list[RestorePoint]


class Restore(Body):
    """Where a graph is taken back to: after a log entry, or as a version has it; the last good state when absent."""

    seq: int | None = Field(default=None, ge=0, le=2**53 - 1)
    version: str | None = Field(default=None, min_length=1, max_length=80, pattern=NO_NUL)


class Restored(Value):
    """What a restore did. `kept_as` is the version that holds what the graph was before."""

    epoch: int
    seq: int | None
    left_out: list[int]
    kept_as: str | None


@router.get("/graphs/{id}/versions", responses=documented(404))
async def list_versions(
    id: str,
    _caller: Viewer,
    here: Here,
    before: Annotated[str | None, Query(max_length=80)] = None,
    limit: Annotated[int, Query(ge=1)] = 50,
) -> GraphVersions:
    """The versions of a graph, newest first."""
    await here.graphs.require(id)
    size = here.page(limit)
    found = await here.restores.versions.page(DocumentKey("graph", id), before=before, limit=size + 1)
    items = [_version(version) for version in found[:size]]
    return GraphVersions(items=items, next=items[-1].id if len(found) > size else None)


@router.post(
    "/graphs/{id}/versions",
    status_code=201,
    responses=documented(404, 409),
    openapi_extra={
        "requestBody": {"required": False, "content": {YJS: {"schema": {"type": "string", "format": "binary"}}}}
    },
)
async def keep_version(
    id: str,
    state: Sent,
    caller: Editor,
    here: Here,
    label: Annotated[Label, Query()],
    epoch: Annotated[int, Query(ge=1, le=2**31 - 1, description="The epoch that the copy is of")] = 1,
) -> GraphVersion:
    """Keep the graph as it is stored now; or a client's own copy: a body is the whole document as one Yjs v1 update.

    What is the newest version already, by the same person under the same label, is answered as it is.
    """
    await here.graphs.require(id)
    if len(state) > here.settings.max_document_bytes:
        raise TooLarge(
            "The copy is larger than a graph may be here.",
            expected=f"at most {here.settings.max_document_bytes} bytes",
            received=f"{len(state)} bytes",
            advice="Keep it where it is, or raise FLOWROOM_MAX_DOCUMENT_BYTES.",
        )
    async with here.bulk.turn(caller.id):
        if state:
            kept = await here.restores.keep_copy(id, state, label=label, epoch=epoch, by=caller)
        else:
            kept = await here.restores.keep(id, label=label, by=caller)
    return _version(kept)


@router.get(
    "/graphs/{id}/versions/{version}",
    response_class=Response,
    responses=documented(404) | {200: {"content": {"application/json": {}, YJS: {}}, "description": "A file"}},
)
async def get_version(
    id: str,
    version: str,
    caller: Viewer,
    here: Here,
    format: Annotated[
        Literal["flowroom", "yjs"], Query(description="A native file, or one Yjs v1 update")
    ] = "flowroom",
) -> Response:
    """A version as a file to keep."""
    async with here.bulk.turn(caller.id):
        found, state = await here.restores.version(id, version)
        if format == "yjs":
            return attachment(state, YJS, f"{found.label}.yjs")
        written = await to_thread.run_sync(lambda: native.dump(content(state)))
    return attachment(written, "application/json", f"{found.label}.flowroom.json")


@router.delete("/graphs/{id}/versions/{version}", status_code=204, responses=documented(404))
async def delete_version(id: str, version: str, caller: Editor, here: Here) -> None:
    """Forget a version."""
    await here.restores.forget(id, version, by=caller)


@router.get("/graphs/{id}/quarantine", responses=documented(404))
async def list_quarantine(id: str, _caller: Admin, here: Here) -> Quarantine:
    """What was refused of a graph, and the points its log can be restored to."""
    await here.graphs.require(id)
    key = DocumentKey("graph", id)
    refused = await here.restores.versions.quarantined(key, here.settings.max_page)
    points = await here.restores.versions.points(key, min(MOST_POINTS, here.settings.max_page))
    return Quarantine(
        refused=[RefusedUpdate(**_fields(one)) for one in refused],
        points=[RestorePoint(**_fields(one)) for one in points],
    )


@router.post("/graphs/{id}/restore", responses=documented(404, 409))
async def restore_graph(id: str, body: Restore, caller: Admin, here: Here) -> Restored:
    """Take a graph back to a good state; whoever has it open is told to load it again."""
    if body.version is not None and body.seq is not None:
        raise InvalidRequest("A graph is taken back to one place.", expected="`seq` or `version`", received="both")
    to: int | str | None = body.version or body.seq
    async with here.bulk.turn(caller.id):
        done = await here.restores.restore(id, to=to, by=caller)
    return Restored(epoch=done.epoch, seq=done.seq, left_out=list(done.left_out), kept_as=done.kept_as)


def _version(version: Version) -> GraphVersion:
    shown: dict[str, Any] = {name: version.summary.get(name) for name in ("title", "nodes", "edges")}
    fields = {name: getattr(version, name) for name in ("id", "label", "author", "at", "epoch", "size", "reason")}
    return GraphVersion(**fields, **shown)


def _fields(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__slots__}
