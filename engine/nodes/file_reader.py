"""FileReader: reads a file, or one file after another from a folder, inside the files folder of this server."""

from typing import Any

from engine.context import Context
from engine.nodes.definition import Definition, Params, param, read_params
from engine.nodes.errors import FileProblem, InvalidParams
from engine.phase1 import FileStep, file_step
from engine.phase1.files import ACTIONS, NO_TEXT, in_text, matching, payload_of
from flowroom.errors import shortened
from flowroom.model import Json
from flowroom.node_types import Port

MODES = {"single": "One file", "directory": "All matching files of a folder"}
ENCODINGS = {"text": "Text", "base64": "Base64, for what is no text", "none": "None"}


class FileReaderParams(Params):
    """Which file, and whether its content comes along.

    `scannedFiles`, `cursorIndex`, `lastError` and `action` are how a Phase 1 graph remembers where it is in a folder.
    """

    mode: str = param("single", title="Read", options=MODES, widget="select")
    file_path: str = param(
        "",
        title="File",
        help="Of those that came with the graph, or in the server's files folder",
        placeholder="docs/readme.md",
        needed={"mode": ("single",)},
        when={"mode": ("single",)},
        ports=("path",),
    )
    dir_path: str = param("", title="Folder", help="The same, for a folder", when={"mode": ("directory",)})
    include_patterns: str = param(
        "*",
        title="Files to include",
        help="Patterns with *, one a line or with commas",
        when={"mode": ("directory",)},
    )
    emit_content: bool = param(True, title="With content", help="Otherwise only its path, size and time")
    encoded_as: str = param("text", title="Content as", options=ENCODINGS, widget="select")
    max_file_size_bytes: int = param(512_000, title="Largest file", help="In bytes", ge=1, le=104_857_600)
    scanned_files: list[str] = param([], title="Scanned files", hidden=True)
    cursor_index: int = param(-1, title="Cursor", hidden=True, ge=-1)
    last_error: str | None = param(None, title="Last error", hidden=True)
    action: str | None = param(None, title="Action", hidden=True)


MAX_FILES = 1000
REMEMBERED = ("scannedFiles", "cursorIndex", "lastError")
"""What a Phase 1 graph kept in the node's props; here it is the node's state, because a run never edits a graph."""


async def run(ctx: Context, inputs: dict[str, Json]) -> dict[str, Json]:
    """Read the file, or every matching file of the folder. Raises FileProblem."""
    if ctx.cascade is not None:
        return await _as_phase_1(ctx)
    params = read_params(FileReaderParams, ctx.params)
    props = params.model_dump(by_alias=True)
    match params.mode:
        case "directory":
            return {"files": await _all_files(ctx, params, props)}
        case "single":
            return await _one_file(ctx, params, props, str(inputs.get("path") or params.file_path).strip())
        case unknown:
            raise InvalidParams(f"There is no mode {unknown!r}; choose one of {', '.join(MODES)}.")


async def _one_file(ctx: Context, params: FileReaderParams, props: dict[str, Any], path: str) -> dict[str, Json]:
    if not path:
        raise InvalidParams("Say which file to read, or connect something that gives its path.")
    payload = await payload_of(path, props, ctx.files)
    _refuse_if_too_large(payload, params)
    return {"file": payload, "content": payload.get("content", "")}


async def _all_files(ctx: Context, params: FileReaderParams, props: dict[str, Any]) -> list[Json]:
    folder = params.dir_path.strip() or "."
    listed = await ctx.files.names(folder)
    named = in_text(listed)
    if passed := len(listed) - len(named):
        ctx.log("warn", NO_TEXT, {"count": passed})
    names = matching(named, params.include_patterns)
    if len(names) > MAX_FILES:
        raise FileProblem(
            f"{len(names)} files match in {shortened(folder)!r}; at most {MAX_FILES} are read. Narrow the patterns.",
            code="too_many_files",
        )
    read: list[Json] = []
    for index, name in enumerate(names):
        place = {"index": index, "total": len(names)}
        read.append(await payload_of(f"{folder}/{name}", props, ctx.files, **place))
        ctx.progress(index + 1, len(names), name)
    return read


def _refuse_if_too_large(payload: dict[str, Any], params: FileReaderParams) -> None:
    if params.emit_content and params.encoded_as != "none" and "content" not in payload:
        raise FileProblem(
            f"{shortened(payload['path'])!r} has {payload['size']} bytes, more than this node's limit of "
            f"{params.max_file_size_bytes}; raise the limit to read it.",
            code="too_large",
        )


async def _as_phase_1(ctx: Context) -> dict[str, Json]:
    """One action: the one asked for, else reading the file or the next file of the folder.

    An `action` stored in the props is what somebody once did, no request.
    """
    remembered = {key: ctx.state[key] for key in REMEMBERED if key in ctx.state}
    props = {**ctx.params, **remembered}
    asked = ctx.given if isinstance(ctx.given, str) and ctx.given in ACTIONS else None
    if asked is None and props.get("mode") == "directory" and not props.get("scannedFiles"):
        await _take(ctx, props, "scan")
    step = await _take(ctx, props, asked or "sendNext")
    return {} if step.emitted is None else {"file": step.emitted}


async def _take(ctx: Context, props: dict[str, Any], action: str) -> FileStep:
    step = await file_step(props, action, ctx.files)
    for diagnostic in step.diagnostics:
        ctx.log(diagnostic.level, diagnostic.message, diagnostic.data)
    props.update(step.patch)
    ctx.state.update(step.patch)
    return step


FILE_READER = Definition(
    type="FileReader",
    title="File Reader",
    description="Reads a text or binary file, or all matching files of a folder.",
    category="Data",
    icon="file-text",
    params=FileReaderParams,
    inputs=(Port(name="path", label="Path", type="text"),),
    outputs=(
        Port(name="file", label="File", type="file"),
        Port(name="content", label="Content", type="text"),
        Port(name="files", label="Files", type="list"),
    ),
    templated=frozenset({"filePath", "dirPath"}),
    run=run,
)
