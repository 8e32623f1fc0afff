"""A run as the command line follows it: while it goes one line a node, redrawn in place; then what it gave."""

import time
from datetime import datetime
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from collab_server.cli.nodes import Nodes
from collab_server.cli.remote import Remote
from flowroom.runs import TERMINAL_RUN_STATES

POLL_SECONDS = 0.15
STYLES = {"succeeded": "green", "cached": "green", "failed": "red", "timed_out": "red", "running": "cyan"}


def watched(server: Remote, run: str, nodes: Nodes, *, live: bool) -> dict[str, Any]:
    """Follow a run to its end; the run with its view. Ctrl+C cancels the run, and again gives up waiting."""
    console = Console(stderr=True, quiet=not live)
    found = server.get(f"/runs/{run}")
    with Live(_picture(found, nodes), console=console, refresh_per_second=12, transient=True) as display:
        cancelled = False
        while found["state"] not in TERMINAL_RUN_STATES:
            try:
                time.sleep(POLL_SECONDS)
                found = server.get(f"/runs/{run}")
                display.update(_picture(found, nodes))
            except KeyboardInterrupt:
                if cancelled:
                    raise
                cancelled = True
                server.send("POST", f"/runs/{run}/cancel")
    return dict(found)


def _picture(run: dict[str, Any], nodes: Nodes) -> Group:
    lines = Table.grid(padding=(0, 2))
    for path, node in run["view"]["nodes"].items():
        note = _progress(node) or (node["preview"] or "").strip().replace("\n", " ")[:70]
        state = Text(node["status"], STYLES.get(node["status"], "dim"))
        lines.add_row(Text(nodes.called(path)), state, Text(note, "dim"))
    return Group(Spinner("dots", f" run {run['id']} · {run['state']}"), lines)


def _progress(node: dict[str, Any]) -> str:
    """What a node says of itself while it runs, or until when it waits."""
    said = node["progress"] or {}
    if node["status"] == "waiting" and "until" in said:
        return f"until {datetime.fromtimestamp(said['until']).astimezone().isoformat(' ', 'seconds')}"
    return str(said.get("note") or "")
