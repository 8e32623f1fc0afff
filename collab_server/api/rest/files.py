"""Graphs as files: import of what people bring, export of what they take."""

import tempfile
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote

from anyio import to_thread
from fastapi import APIRouter, File, Query, Response, UploadFile

from collab_server.api.rest.callers import Here, Maker, Viewer
from collab_server.api.rest.problems import documented
from collab_server.auth.identity import Identity
from collab_server.errors import InvalidRequest, TooLarge
from collab_server.files.archives import pack
from collab_server.files.imports import read_upload
from collab_server.happenings import Happening
from collab_server.workspace import Workspace
from flowroom.files import native
from flowroom.files.phase1 import Problem, write_workspace
from flowroom.model import Graph, Value

router = APIRouter(tags=["Files"])


class Imported(Value):
    """A graph that an import made."""

    id: str
    title: str
    nodes: int
    edges: int


class ImportProblem(Value):
    """One thing that was approximated or left out; `kept` says whether an export gives it back."""

    file: str
    what: str
    kept: bool


class Report(Value):
    """What an import made, and what it could not take as it was."""

    graphs: list[Imported]
    problems: list[ImportProblem]


@router.post("/import", responses=documented())
async def import_file(
    file: Annotated[UploadFile, File(description="A native .json, or a .zip of graphs or of a Phase 1 workspace")],
    caller: Maker,
    here: Here,
) -> Report:
    """Make graphs of a file. One bad part of it never costs the rest: see `problems`."""
    if not file.size:
        raise InvalidRequest("The uploaded file is empty.", expected="a graph file or a zip", received="0 bytes")
    if file.size > here.settings.max_upload_bytes:
        raise TooLarge(
            "The uploaded file is larger than this server accepts.",
            expected=f"at most {here.settings.max_upload_bytes} bytes",
            received=f"{file.size} bytes",
            advice="Import a part of it, or raise FLOWROOM_MAX_UPLOAD_BYTES.",
        )
    async with here.bulk.turn(caller.id):
        return await _imported(file, caller, here)


async def _imported(file: UploadFile, caller: Identity, here: Workspace) -> Report:
    found = await to_thread.run_sync(read_upload, file.file, file.filename or "import", here.settings)
    made: list[Imported] = []
    for imported in found.graphs:
        try:
            one = await here.graphs.take(imported, by=caller, file=file.filename or "")
        except TooLarge as error:
            if len(found.graphs) == 1:
                raise
            found.problems.append(Problem(imported.title, str(error), kept=False))
            continue
        made.append(Imported(id=one.id, title=one.title, nodes=one.nodes, edges=one.edges))
    return Report(
        graphs=made,
        problems=[ImportProblem(file=_whole(p.file), what=_whole(p.what), kept=p.kept) for p in found.problems],
    )


def _whole(text: str) -> str:
    """A text of a file as an answer may hold it: without half surrogate pairs."""
    return text.encode(errors="replace").decode()


@router.get(
    "/graphs/{id}/export",
    response_class=Response,
    responses=documented(404) | {200: {"content": {"application/json": {}, "application/zip": {}}}},
)
async def export_graph(
    id: str,
    caller: Viewer,
    here: Here,
    format: Annotated[
        Literal["flowroom", "phase1"], Query(description="A native file, or a zip for Phase 1")
    ] = "flowroom",
) -> Response:
    """The graph as it is now, as a file to keep."""
    async with here.bulk.turn(caller.id):
        graph = await here.graphs.content(id)
        if format == "flowroom":
            written = await to_thread.run_sync(native.dump, graph)
            answer = attachment(written, "application/json", f"{graph.meta.title}.flowroom.json")
        else:
            packed = await to_thread.run_sync(_phase1, graph, await here.graphs.files(id))
            answer = attachment(packed, "application/zip", f"{graph.meta.title}.zip")
    await here.happenings.tell(Happening("graph.exported", by=caller, graph=id, facts={"format": format}))
    return answer


def _phase1(graph: Graph, files: dict[str, bytes]) -> bytes:
    with tempfile.TemporaryDirectory(prefix="flowroom-export-") as scratch:
        write_workspace(graph, Path(scratch), files)
        return pack(Path(scratch))


def attachment(content: bytes, media_type: str, name: str) -> Response:
    """An answer that browsers keep as a file of this name."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in " ._-") else "_" for c in name)
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return Response(content, media_type=media_type, headers={"content-disposition": disposition})
