"""`flowroom activity`: who did what when, shown, followed, or written to a file."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from collab_server.cli.common import AsJson, Data, Token, Url, answer, graph_id, reaching, write_json

if TYPE_CHECKING:
    from collab_server.cli.remote import Remote

FOLLOW_SECONDS = 1.0
ROWS_SHOWN = 50
FORMATS = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}


def activity(
    graph: Annotated[str | None, typer.Argument(help="Id or title of a graph; the whole workspace if absent")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is done from now on")] = False,
    export: Annotated[
        Path | None, typer.Option(help="Write all of it to this file instead, as .csv or .jsonl", dir_okay=False)
    ] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Such as run.finished, run.* or graph.edited")] = None,
    person: Annotated[str | None, typer.Option(help="Id of who did it")] = None,
    node: Annotated[str | None, typer.Option(help="Id of a node")] = None,
    url: Url = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Show who did what when, the oldest first. Without a graph it takes an admin."""
    from collab_server.cli.console import show_activity, show_written

    wanted = {"kind": kind, "person": person, "node": node}
    with reaching(url, token, data) as server:
        path = "/activity" if graph is None else f"/graphs/{graph_id(server, graph)}/activity"
        if export is not None:
            size = _exported(server, path, export, wanted)
            answer({"file": str(export), "bytes": size}, as_json, show_written)
            return
        page = server.get(path, limit=ROWS_SHOWN, **wanted)
        rows = page["items"][::-1]
        if not follow:
            answer(rows, as_json, show_activity)
            return
        for some in _followed(server, path, rows, page["turn"], wanted):
            if as_json:
                for row in some:
                    write_json(row)
            else:
                show_activity(some)


def _exported(server: "Remote", path: str, file: Path, wanted: dict[str, Any]) -> int:
    """Write the whole list to a file as it comes; how many bytes that were."""
    format = FORMATS.get(file.suffix.lower())
    if format is None:
        raise typer.BadParameter(
            f"expected a name that ends in .csv or .jsonl, got {file.name!r}", param_hint="--export"
        )
    size = 0
    with file.open("wb") as out:
        for part in server.stream(f"{path}/export", format=format, **wanted):
            out.write(part)
            size += len(part)
    return size


def _followed(
    server: "Remote", path: str, rows: list[Any], turn: int, wanted: dict[str, Any]
) -> Iterator[list[dict[str, Any]]]:
    """Rows, and then those that are new or have grown, until interrupted."""
    yield rows
    while True:
        page = server.get(path, after=turn, limit=200, **wanted)
        turn = page["turn"]
        if page["items"]:
            yield page["items"]
        else:
            time.sleep(FOLLOW_SECONDS)
