"""The commands: `flowroom up`, and what scripts do with a workspace. What a command needs is imported when it runs.

Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 130 interrupted.
"""

import json
import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from collab_server import folder
from collab_server.cli.common import (
    AsJson,
    Data,
    Token,
    Url,
    all_graphs,
    answer,
    fail,
    graph_id,
    reaching,
    settings_of,
    warn_of_unknown_settings,
)
from collab_server.cli.group import Commands
from collab_server.folder import RunningServer
from flowroom import __version__, collector
from flowroom.errors import CantStart
from flowroom.protocol import Role

if TYPE_CHECKING:
    from collab_server.settings import Settings

app = typer.Typer(
    cls=Commands,
    help="Flowroom: a multiplayer workflow editor that runs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Host = Annotated[str | None, typer.Option(help="Address to listen on.  \\[env: FLOWROOM_HOST; default: 127.0.0.1]")]
Port = Annotated[int | None, typer.Option(help="Port; 0 takes a free one.  \\[env: FLOWROOM_PORT; default: 8000]")]
Examples = Annotated[bool | None, typer.Option(help="Put example graphs into an empty data folder")]


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"Flowroom {__version__}")
        raise typer.Exit


@app.callback()
def flowroom(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and end", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    """What can be said before any command."""


@app.command()
def up(
    host: Host = None, port: Port = None, data: Data = None, examples: Examples = None, as_json: AsJson = False
) -> None:
    """Start everything: the server and an engine. Prints the address to open."""
    settings = settings_of(host=host, port=port, data=data, examples=examples)
    _serve(settings, with_engine=settings.engine, as_json=as_json)


@app.command()
def serve(
    host: Host = None,
    port: Port = None,
    data: Data = None,
    workers: Annotated[int | None, typer.Option(help="Server processes; more than one needs Redis")] = None,
    examples: Examples = None,
    as_json: AsJson = False,
) -> None:
    """Start the server alone; engines are started elsewhere with `flowroom engine`."""
    settings = settings_of(host=host, port=port, data=data, workers=workers, examples=examples)
    _serve(settings, with_engine=False, as_json=as_json)


@app.command()
def engine(
    url: Annotated[str, typer.Option(envvar="FLOWROOM_SERVER_URL", help="The server")] = "http://127.0.0.1:8000",
    data: Data = None,
) -> None:
    """Start an engine alone: it runs the graphs of a server that was started with `flowroom serve`."""
    from collab_server.cli.remote import Refused, chosen
    from collab_server.folder import OURS_ALONE
    from collab_server.supervisor import ENGINE, engine_environment
    from collab_server.workspace import service_token
    from flowroom import logging

    settings = settings_of(data=data)
    logging.set_up(settings.log_level, settings.log_format)
    warn_of_unknown_settings()
    os.umask(OURS_ALONE)
    try:
        server, _ = chosen(url, None)
    except Refused as refused:
        fail(str(refused), as_json=False)
    environment = engine_environment(settings, server_url=server, service_token=service_token(settings))
    os.execve(ENGINE[0], ENGINE, environment)


@app.command(name="import")
def import_(
    path: Annotated[
        Path, typer.Argument(exists=True, help="A graph file, a folder of them, a Phase 1 workspace, a zip")
    ],
    url: Url = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make graphs of files, and report what could not be taken as it was."""
    from collab_server.cli.console import show_report
    from collab_server.cli.packing import upload_of

    with reaching(url, token, data) as server, upload_of(path) as (name, content):
        report = server.send("POST", "/import", files={"file": (name, content)}).json()
    answer(report, as_json, show_report)
    if not report["graphs"]:
        raise typer.Exit(1)


@app.command()
def export(
    graph: Annotated[str, typer.Argument(help="Id or title of a graph")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; standard output if absent")
    ] = None,
    phase1: Annotated[bool, typer.Option("--phase1", help="A zip with a Phase 1 workspace")] = False,
    url: Url = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Write a graph to a file."""
    from collab_server.cli.console import show_written

    with reaching(url, token, data) as server:
        id = graph_id(server, graph)
        content = server.send(
            "GET", f"/graphs/{id}/export", params={"format": "phase1" if phase1 else "flowroom"}
        ).content
    if output is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    output.write_bytes(content)
    answer({"graph": id, "file": str(output), "bytes": len(content)}, as_json, show_written)


@app.command()
def graphs(
    query: Annotated[str, typer.Argument(help="Words to look for")] = "",
    url: Url = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """List the graphs of the workspace."""
    from collab_server.cli.console import show_graphs

    with reaching(url, token, data) as server:
        found = list(all_graphs(server, query))
    answer(found, as_json, show_graphs)


@app.command()
def run(
    graph: Annotated[str, typer.Argument(help="Id or title of a graph")],
    node: Annotated[str | None, typer.Option(help="Id or title of the node to start at")] = None,
    message: Annotated[str | None, typer.Option(help="A message for the Chat node")] = None,
    inputs: Annotated[
        list[str] | None, typer.Option("--input", help="NODE=VALUE: an id or a title, and JSON or else text")
    ] = None,
    url: Url = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Run a graph and show how it goes; the exit code is 0 only if the run succeeded."""
    from collab_server.cli.client import by_client
    from collab_server.cli.console import show_run
    from collab_server.cli.nodes import nodes_of_graph, nodes_of_run
    from collab_server.cli.watching import watched

    values = _inputs(inputs or [])
    with reaching(url, token, data, with_engine=True) as server:
        id = graph_id(server, graph)
        body: dict[str, Any] = {"message": message, "key": secrets.token_hex(8)}
        if node is not None or values:
            named = nodes_of_graph(server, id)
            body["start"] = None if node is None else named.id_of(node)
            body["inputs"] = {named.id_of(name): value for name, value in values.items()}
        server.is_patient = True  # asked for again under the same key, a run is started once
        started = server.post(f"/graphs/{id}/runs", body)
        nodes = nodes_of_run(server, started["id"])
        finished = watched(server, started["id"], nodes, live=not as_json)
        outputs = by_client(server, lambda workspace: workspace.run_outputs(started["id"])) if as_json else {}
    result = {**finished, "outputs": outputs, "names": nodes.titles}
    answer(result, as_json, lambda run: show_run(run, nodes))
    if finished["state"] != "succeeded":
        raise typer.Exit(1)


@app.command()
def token(
    create: Annotated[str | None, typer.Option(help="Make an API token of this name instead")] = None,
    role: Annotated[Role, typer.Option(help="What it may do at most")] = "editor",
    kind: Annotated[Literal["person", "bot", "agent"], typer.Option(help="What it is seen as")] = "bot",
    url: Url = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Show the address to open, with its token; or make an API token."""
    from collab_server.cli.console import show_token

    if create is not None:
        with reaching(url, token, data) as server:
            made = server.post("/tokens", {"name": create, "role": role, "kind": kind})
        answer(made, as_json, show_token)
        return
    from collab_server.workspace import sign_in_token

    settings = settings_of(data=data)
    found = folder.running(settings.data)
    secret = found.token if found else sign_in_token(settings)
    told = {"token": secret, "address": found.address if found else None, "data": str(settings.data.resolve())}
    answer(told, as_json, show_token)


def _serve(settings: "Settings", *, with_engine: bool, as_json: bool) -> None:
    collector.pause()
    from collab_server.cli.console import show_address, tell_of_new
    from collab_server.runs import refused_settings
    from collab_server.serving import StoppedByItself
    from collab_server.serving import serve as serve_until_told
    from flowroom import logging

    logging.set_up(settings.log_level, settings.log_format)
    warn_of_unknown_settings()
    if with_engine and (refused := refused_settings()):  # it would be started again and again
        fail("\n".join(refused), as_json)
    is_new = folder.is_new(settings.data)

    def announce(server: RunningServer) -> None:
        collector.resume()
        if is_new:
            tell_of_new(settings.data)
        facts = {"url": server.url, "token": server.token, "address": server.address}
        answer(facts | {"data": str(settings.data.resolve())}, as_json, show_address)

    try:
        serve_until_told(settings, with_engine=with_engine, announce=announce)
    except (CantStart, StoppedByItself) as error:
        fail(str(error), as_json)


def _inputs(pairs: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pair in pairs:
        node, equals, text = pair.partition("=")
        if not equals or not node:
            raise typer.BadParameter(f"expected NODE=VALUE, got {pair!r}", param_hint="--input")
        try:
            found[node] = json.loads(text)
        except ValueError:
            found[node] = text
    return found
