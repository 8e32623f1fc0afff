"""What commands have in common: the options that lead to a server, reaching it, naming a graph, and the answer.

Results go to standard output, as tables for people or with --json as JSON; everything else goes to standard error.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from flowroom.errors import CantStart

if TYPE_CHECKING:
    from collab_server.cli.remote import Remote
    from collab_server.settings import Settings

Data = Annotated[Path | None, typer.Option(help="Data folder.  \\[env: FLOWROOM_DATA; default: ./data]")]
Url = Annotated[str | None, typer.Option(envvar="FLOWROOM_URL", help="A running server, as http://127.0.0.1:8000")]
Token = Annotated[str | None, typer.Option(envvar="FLOWROOM_TOKEN", help="A token of that server", show_envvar=True)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text")]


@contextmanager
def reaching(url: str | None, token: str | None, data: Path | None, *, with_engine: bool = False) -> "Iterator[Remote]":
    """The server that the options lead to; a refusal by it ends the command."""
    from collab_server.cli.remote import Refused, reached
    from flowroom import logging

    as_json = "--json" in sys.argv
    settings = settings_of(data=data)
    logging.set_up("warning", settings.log_format)
    try:
        with reached(
            url=url if data is None else None, token=token, data=settings.data, with_engine=with_engine
        ) as server:
            yield server
    except Refused as error:
        fail(str(error), as_json, error.problem)
    except CantStart as error:
        fail(str(error), as_json)


def graph_id(server: "Remote", named: str) -> str:
    """The id that was given, or the one of the only graph with that title."""
    from collab_server.cli.remote import Refused

    found = [graph for graph in all_graphs(server, "") if named in (graph["id"], graph["title"])]
    exact = [graph for graph in found if graph["id"] == named] or found
    if len(exact) == 1:
        return str(exact[0]["id"])
    if exact:
        raise Refused(f"{len(exact)} graphs are called {named!r}: use an id. `flowroom graphs` lists them.")
    raise Refused(f"There is no graph {named!r}. `flowroom graphs` lists those there are.")


def all_graphs(server: "Remote", query: str) -> Iterator[dict[str, Any]]:
    """The graphs that these words are in, page by page."""
    cursor: str | None = None
    while True:
        page = server.get("/graphs", query=query, cursor=cursor, limit=200)
        yield from page["items"]
        cursor = page["next"]
        if cursor is None:
            return


def settings_of(**chosen: Any) -> "Settings":
    """The settings of this environment with what was chosen by options; ends the command where one is impossible."""
    from pydantic import ValidationError

    from collab_server.settings import Settings
    from flowroom.setting_values import refusals

    try:
        return Settings(**{name: value for name, value in chosen.items() if value is not None})
    except ValidationError as error:
        for refusal in refusals(error):
            sys.stderr.write(f"{refusal}\n")
        raise typer.Exit(2) from error


def warn_of_unknown_settings() -> None:
    """Say in the log which variables look like settings and are none. They may be another version's, so it starts."""
    from collab_server.logging import logger
    from collab_server.runs import unknown_settings

    for sentence in unknown_settings():
        logger("settings").warning(sentence)


def fail(message: str, as_json: bool, problem: dict[str, Any] | None = None) -> NoReturn:
    """Say why the command can't be done, and end it."""
    if as_json:
        write_json({"error": problem or {"detail": message}})
    sys.stderr.write(f"{message}\n")
    raise typer.Exit(1)


def answer(result: Any, as_json: bool, show: Callable[[Any], object]) -> None:
    """Print a result: as JSON, or as `show` shows it to people."""
    if as_json:
        write_json(result, indent=None if "address" in result else 2)
    else:
        show(result)


def write_json(value: Any, indent: int | None = None) -> None:
    """Print JSON at once, for programs that read along; in ASCII where that is all that the output takes."""
    sys.stdout.write(json.dumps(value, ensure_ascii=sys.stdout.encoding.lower() != "utf-8", indent=indent) + "\n")
    sys.stdout.flush()
