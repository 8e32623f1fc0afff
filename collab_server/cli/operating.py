"""Commands for those who run a server: taking a graph back to a good state, and what else keeps a server well."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from collab_server.cli.common import AsJson, Data, Token, Url, answer, fail, graph_id, reaching, settings_of
from flowroom.errors import CantStart

if TYPE_CHECKING:
    from collab_server.doctor import Finding


Level = Literal["debug", "info", "warning", "error"]
"""As in flowroom.logging, which takes long to load."""


def keep(
    graph: Annotated[str, typer.Argument(help="Id or title of a graph")],
    name: Annotated[str, typer.Argument(help="What to call this moment")],
    url: Url = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Keep what a graph is now as a version, to compare with in the editor and to go back to."""
    with reaching(url, token, data) as server:
        kept = server.send("POST", f"/graphs/{graph_id(server, graph)}/versions", params={"label": name}).json()
    answer(kept, as_json, _show_kept)


def restore(
    graph: Annotated[str, typer.Argument(help="Id or title of a graph")],
    to: Annotated[
        str | None, typer.Option(help="A log entry or a version of --list; the last good state when absent")
    ] = None,
    show: Annotated[bool, typer.Option("--list", help="Show what was refused, and where one can go back to")] = False,
    url: Url = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Take a graph back to a good state; whoever has it open keeps their copy and loads it again."""
    with reaching(url, token, data) as server:
        id = graph_id(server, graph)
        if show:
            found = server.get(f"/graphs/{id}/quarantine")
            answer({**found, "versions": server.get(f"/graphs/{id}/versions")["items"]}, as_json, _show_places)
            return
        where = {} if to is None else {"seq": int(to)} if to.isdecimal() and len(to) < 13 else {"version": to}
        done = server.post(f"/graphs/{id}/restore", where)
    answer(done, as_json, _show_restored)


def doctor(url: Url = None, token: Token = None, data: Data = None, as_json: AsJson = False) -> None:
    """Look at a deployment and say what to mend; the exit code is 1 if something fails.

    It looks at this machine with this environment's settings, and, given --url or a server that has the data folder
    open, at how people reach that server.
    """
    from dataclasses import asdict

    from collab_server.cli.remote import Refused, chosen
    from collab_server.doctor import Outside, examine
    from collab_server.folder import running
    from flowroom import logging

    settings = settings_of(data=data)
    logging.set_up("error", settings.log_format)
    server = running(settings.data)
    site = None if server is None else Outside(server.url, token or server.token)
    if url is not None:
        try:
            base, secret = chosen(url, token)
        except Refused as refused:
            fail(str(refused), as_json)
        site = Outside(base, secret or "")
    findings = []
    for finding in examine(settings, site):
        findings.append(finding)
        if not as_json:
            _show_finding(finding)
    # People saw each as it was found.
    answer([asdict(finding) for finding in findings], as_json, lambda _findings: None)
    if any(finding.state == "failed" for finding in findings):
        raise typer.Exit(1)


def log_level(
    level: Annotated[Level | None, typer.Argument(help="Shown when absent")] = None,
    url: Url = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Show how much a running server writes into its log, or change it until the server ends."""
    with reaching(url, token, data) as server:
        found = (
            server.get("/server/log-level")
            if level is None
            else server.send("PUT", "/server/log-level", json={"level": level}).json()
        )
    answer(found, as_json, lambda shown: typer.echo(shown["level"]))


def backup(
    file: Annotated[Path, typer.Argument(help="File to write, as backup.tar.gz")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Copy a data folder into one file, while a server runs on it or not."""
    from collab_server import backups

    try:
        size = backups.make(settings_of(data=data), file)
    except CantStart as error:
        fail(str(error), as_json)
    answer({"file": str(file), "bytes": size}, as_json, lambda made: typer.echo(f"Wrote {file} ({size} bytes)."))


def recover(
    file: Annotated[Path, typer.Argument(exists=True, help="What `flowroom backup` wrote")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make a data folder of a backup; the folder must not be there, or be empty."""
    from collab_server import backups

    folder = settings_of(data=data).data
    try:
        found = backups.recover(file, folder)
    except CantStart as error:
        fail(str(error), as_json)
    told = f"Made {folder} with {', '.join(found)}. `flowroom up --data {folder}` starts on it."
    answer({"data": str(folder), "holds": found}, as_json, lambda _made: typer.echo(told))


def _show_finding(finding: "Finding") -> None:
    from rich.text import Text

    from collab_server.cli.console import terminal

    style = {"ok": "green", "warning": "yellow", "failed": "bold red", "skipped": "dim"}[finding.state]
    console = terminal()
    console.print(Text.assemble((finding.state.rjust(8), style), f"  {finding.check}: {finding.found}"))
    if finding.advice:
        console.print(Text(f"          → {finding.advice}", "dim" if finding.state == "ok" else ""))


def _show_places(found: dict[str, Any]) -> None:
    from rich.table import Table
    from rich.text import Text

    from collab_server.cli.console import terminal

    console = terminal()
    for title, key, names in (
        ("Refused and kept aside", "refused", ("id", "reason", "origin", "user", "size")),
        ("Log entries to go back to", "points", ("seq", "origin", "user", "size")),
        ("Versions to go back to", "versions", ("id", "label", "author", "nodes", "size")),
    ):
        table = Table("When", *(name.title() for name in names), title=title, title_justify="left", box=None)
        for row in found[key]:
            when = datetime.fromtimestamp(row["at"]).strftime("%Y-%m-%d %H:%M:%S")
            table.add_row(when, *(Text(str(row[name])) for name in names))
        console.print(table if found[key] else f"{title}: none.")


def _show_kept(kept: dict[str, Any]) -> None:
    from collab_server.cli.console import extent_of, terminal

    terminal().print(f"Kept as version {kept['id']}: {extent_of(kept)}.", markup=False)


def _show_restored(done: dict[str, Any]) -> None:
    from collab_server.cli.console import terminal

    console = terminal()
    console.print(f"Restored; this is epoch {done['epoch']}.")
    if done["leftOut"]:
        console.print(f"Left out, because they could not be taken: log entries {', '.join(map(str, done['leftOut']))}.")
    if done["keptAs"]:
        console.print(f"What the graph was before is kept as version {done['keptAs']}.")


COMMANDS = (keep, restore, doctor, log_level, backup, recover)
"""What is added to the commands of commands.py."""
