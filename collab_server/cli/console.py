"""How results look on a terminal: one function a result, all of it to standard output."""

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collab_server.cli.nodes import Nodes

MAX_OUTPUT_CHARS = 4000
UNBROKEN = 4096
STATES = {"succeeded": "bold green", "failed": "bold red", "cancelled": "yellow"}


def terminal() -> Console:
    """Standard output, as wide as its terminal; where a program reads it, no line is broken and no cell cut."""
    free = None if sys.stdout.isatty() or "COLUMNS" in os.environ else UNBROKEN
    return Console(highlight=False, width=free)


def table_of(*names: str, ids: int = 1) -> Table:
    """A table whose first columns are ids: on a narrow terminal everything else is broken before those are."""
    table = Table(box=None, pad_edge=False)
    for number, name in enumerate(names):
        table.add_column(name, no_wrap=number < ids)
    return table


def show_address(found: dict[str, Any]) -> None:
    """The one line of `flowroom up`."""
    Console(highlight=False, soft_wrap=True).print(
        f"Flowroom is running: [bold link={found['address']}]{found['address']}[/]"
    )


def tell_of_new(data: Path) -> None:
    """That nothing was in a data folder before, which whoever is in the wrong place would not expect."""
    said = f"Nothing was in the data folder {data.resolve()}: a new workspace begins there. --data leads to another."
    Console(stderr=True, highlight=False, soft_wrap=True).print(Text(said))


def show_token(found: dict[str, Any]) -> None:
    """An address, or a token alone."""
    console = Console(highlight=False, soft_wrap=True)
    if found.get("address"):
        console.print(found["address"])
        return
    console.print(found["token"])
    if "name" in found:
        Console(stderr=True).print(f"Token of {found['name']} ({found['role']}). Keep it: it is not shown again.")
    else:
        said = f"No server has the data folder {found['data']} open: `flowroom up` there, or --data, leads to one."
        Console(stderr=True, highlight=False, soft_wrap=True).print(Text(said))


def show_graphs(graphs: list[dict[str, Any]]) -> None:
    """A table of graphs."""
    table = table_of("Id", "Title", "Nodes", "Edges", "Edited")
    for graph in graphs:
        edited = datetime.fromtimestamp(graph["updatedAt"]).strftime("%Y-%m-%d %H:%M")
        table.add_row(Text(graph["id"]), Text(graph["title"]), str(graph["nodes"]), str(graph["edges"]), edited)
    terminal().print(table if graphs else "There are no graphs here yet.")


def extent_of(graph: dict[str, Any]) -> str:
    """How large a graph is, or a version of one, in words."""
    return ", ".join(f"{graph[many]} {many[:-1] if graph[many] == 1 else many}" for many in ("nodes", "edges"))


def show_report(report: dict[str, Any]) -> None:
    """What an import made, and what it could not take."""
    console = terminal()
    for graph in report["graphs"]:
        console.print(
            Text.assemble(
                "Imported ",
                (graph["title"], "bold"),
                f" as {graph['id']}: {extent_of(graph)}",
            )
        )
    for problem in report["problems"]:
        kept = "kept" if problem["kept"] else "left out"
        console.print(Text.assemble((kept.rjust(8), "yellow"), f"  {problem['file']}: {problem['what']}"))
    if not report["graphs"]:
        console.print("No graph was made.")


def show_activity(rows: list[dict[str, Any]]) -> None:
    """What was done, a line each: when, by whom, where, and what."""
    console = Console(highlight=False, soft_wrap=True)
    for row in rows:
        at = datetime.fromtimestamp(row["until"]).strftime("%Y-%m-%d %H:%M:%S")
        who = row["by"]["name"] or "Flowroom"
        where = f" in {row['title']}" if row["title"] else ""
        console.print(Text.assemble((at, "dim"), "  ", (who, "bold"), (where, "dim"), ": ", row["text"]))


def show_written(found: dict[str, Any]) -> None:
    """What an export wrote."""
    Console(highlight=False).print(f"Wrote {found['file']} ({found['bytes']} bytes).")


def show_run(run: dict[str, Any], nodes: "Nodes") -> None:
    """How a run ended: each node's state and result in a line, then in full what reached Chat and Log nodes."""
    console = terminal()
    table = table_of("Node", "State", "Seconds", "Result", ids=0)
    for path, node in run["view"]["nodes"].items():
        took = f"{node['finished'] - node['started']:.2f}" if node["finished"] and node["started"] else ""
        state = Text(node["status"], STATES.get(node["status"], ""))
        table.add_row(Text(nodes.called(path)), state, took, _result(node))
    console.print(table)
    for path, node in run["view"]["nodes"].items():
        for entry in node["entries"]:
            said = str(entry.get("content") or entry.get("preview") or "")[:MAX_OUTPUT_CHARS]
            console.print(Text.assemble((f"\n{nodes.called(path)}: ", "bold"), said), soft_wrap=True)
    console.print(Text.assemble("\nRun ", run["id"], ": ", (run["state"], STATES.get(run["state"], "bold"))))
    if run.get("error"):
        console.print(Text(str(run["error"]), "red"))


def _result(node: dict[str, Any]) -> Text:
    """A node's error or result in one line, as much of it as there is room for."""
    error = (node["error"] or {}).get("message")
    return Text(" ".join((error or node["preview"] or "").split()), no_wrap=True, overflow="ellipsis")
