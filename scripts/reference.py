"""Write docs/reference/ from the code: settings, node types, protocol and command line.

python scripts/reference.py            write the pages
python scripts/reference.py --check    fail if a page is not what would be written
"""

import os
import sys
from collections.abc import Iterable, Sequence
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typer.models import CommandInfo

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "reference"
TERMINAL = {"COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}
"""The terminal that help is written for; nothing else of this machine's environment may show in a page."""
NOTE = "<!-- Written by scripts/reference.py from the code; edit it there. -->\n"


def settings() -> str:
    """Every FLOWROOM_* variable of the server and of the engine."""
    from collab_server.settings import Settings as ServerSettings
    from engine.settings import EngineSettings

    text = "# Settings\n\nEvery setting is an environment variable; sizes are in bytes and times in seconds. "
    text += (
        "What is called\n`FLOWROOM_…` and is none of them does nothing: `flowroom up`, `serve` and `engine` say so as "
        "they start, and so does\n`flowroom doctor`. The command line reads `FLOWROOM_URL` and `FLOWROOM_TOKEN`, nodes "
        "read `FLOWROOM_SECRET_…`.\n"
    )
    for title, model in (("The server", ServerSettings), ("The engine", EngineSettings)):
        rows = [
            (f"`FLOWROOM_{name.upper()}`", _default(field.get_default()), field.description or "")
            for name, field in model.model_fields.items()
        ]
        text += f"\n## {title}\n\n" + _table(("variable", "default", "what it is"), rows)
    return text


def nodes() -> str:
    """Every node type with its ports and parameters."""
    from engine import node_types

    text = (
        "# Node types\n\nThe same as `GET /api/node-types`, for reading. A port in *italics* must be connected; "
        "a parameter in *italics* must not be\nempty where the node needs it.\n"
    )
    for node in node_types():
        text += f"\n## {node.title} (`{node.type}`)\n\n{node.description}\n\n"
        for side, ports in (("Inputs", node.inputs), ("Outputs", node.outputs)):
            shown = [f"*{port.name}*" if port.required else f"`{port.name}`" for port in ports]
            kinds = [f" ({port.type}{', feedback' if port.feedback else ''})" for port in ports]
            joined = ", ".join(name + kind for name, kind in zip(shown, kinds, strict=True))
            text += f"{side}: {joined or 'none'}.\n" + ("\n" if side == "Inputs" else "")
        properties: dict[str, Any] = node.params.get("properties", {})
        rows = [
            (
                f"*{name}*" if schema.get("x-needed") else f"`{name}`",
                _default(schema.get("default")),
                ". ".join(filter(None, (schema.get("description"), _choices(schema)))),
            )
            for name, schema in properties.items()
            if not schema.get("x-hidden")
        ]
        if rows:
            text += "\n" + _table(("parameter", "default", "what it is"), rows)
    return text


def protocol() -> str:
    """Doors, frames, presence, roles and close codes."""
    from flowroom import protocol as p
    from flowroom.presence import Presence

    doors = [
        (f"`{p.graph_path('{graph}')}`", "the graph: written by editors"),
        (f"`{p.discussion_path('{graph}')}`", "its comment threads: read only on the wire"),
        (f"`{p.run_path('{run}')}`", "one run: written by the engine"),
    ]
    codes = [(str(int(code)), f"`{code.name}`", p.CLOSE_REASONS[code]) for code in p.CloseCode]
    presence = ", ".join(f"`{field.alias}`" for name, field in Presence.model_fields.items() if name != "user")
    return (
        "# Wire protocol\n\n"
        "Plain y-websocket: binary frames, each a message type and its payload. Stock Yjs providers work unchanged.\n"
        "The echo of an update to its sender says that it is durable. Sign in with a session cookie, with\n"
        "`Authorization: Bearer`, or with `?token=`.\n\n## Doors\n\n"
        + _table(("path", "document"), doors)
        + "\n## Frames\n\nNumbers are LEB128; whatever follows them carries its length.\n\n"
        + _table(("begins with", "message", "who sends it, and what for"), _frames())
        + "\n## Presence\n\nAn awareness state is JSON. The server stamps `user` (`id`, `name`, `colour`, `kind`) on\n"
        f"each, whatever it says itself. The editor shows {presence}; others see further keys too.\n"
        "\n## Roles\n\nA role may do everything that the roles before it may: "
        + ", ".join(f"`{role}`" for role in p.ROLES)
        + ".\n\n## Close codes\n\nCodes from 4400 to 4499 are final for that client; any other means: try again.\n\n"
        + _table(("code", "name", "meaning"), codes)
        + f"\n## Limits\n\nA frame has at most {p.MAX_FRAME_BYTES:,} bytes, a presence state at most "
        f"{p.MAX_PRESENCE_BYTES:,}; both are [settings](settings.md).\n"
    )


def _frames() -> list[tuple[str, str, str]]:
    from flowroom.protocol import AuthType, MessageType, SyncType

    sync = {
        SyncType.STEP1: ("sync step 1", 'both: "this state vector is what I have"'),
        SyncType.STEP2: ("sync step 2", "both: everything that the other's step 1 lacks"),
        SyncType.UPDATE: ("update", "both: an edit; from the server also the acknowledgement of one's own"),
    }
    plain = {
        MessageType.AWARENESS: ("awareness", "both: presence of one or more clients"),
        MessageType.QUERY_AWARENESS: ("query awareness", "clients: tell me of everyone who is here"),
    }
    auth = {
        AuthType.NOTICE: ("notice", "the server: what is to be known of storing edits just now, as a sentence"),
        AuthType.EPOCH: ("epoch", "the server: which epoch the document is of, in digits; a copy says it as `?epoch=`"),
        AuthType.ROLE: ("role", "the server: the higher role that this peer has from now on, by its name"),
        AuthType.SPACE: (
            "space",
            "the server: how full the document is: JSON with `level`, and `size` and `most` in bytes",
        ),
        AuthType.LEFT_OUT: (
            "left out",
            "the server, to the person concerned: an edit of theirs had to go again, as a sentence; it is deleted",
        ),
    }
    rows = [(f"`{MessageType.SYNC:d} {kind:d}`", *words) for kind, words in sync.items()]
    rows += [(f"`{MessageType.AUTH:d} {kind:d}`", *words) for kind, words in auth.items()]
    return rows + [(f"`{kind:d}`", *words) for kind, words in plain.items()]


def _names(commands: Sequence["CommandInfo"]) -> list[str]:
    return [command.name or str(getattr(command.callback, "__name__", "")).replace("_", "-") for command in commands]


def cli() -> str:
    """What `flowroom --help` says, for every command."""
    from typer.testing import CliRunner

    from collab_server.cli import app

    text = "# Command line\n\nEvery command takes `--json` where a script would want it.\n"
    names = _names(app.registered_commands)
    for group in app.registered_groups:
        of_group = group.typer_instance.registered_commands if group.typer_instance else []
        names += [f"{group.name} {name}" for name in _names(of_group)]
    runner = CliRunner()
    for command in ("", *names):
        shown = runner.invoke(app, [*command.split(), "--help"], prog_name="flowroom").output
        lines = "\n".join(line.rstrip() for line in shown.strip().splitlines())
        text += f"\n## flowroom {command}".rstrip() + f"\n\n```text\n{lines}\n```\n"
    return text


def _choices(schema: dict[str, Any]) -> str:
    """The values that a parameter may have, and how the editor says them where it says them otherwise."""
    labels: dict[str, str] = schema.get("x-labels", {})
    named = [f"`{value}`" + (f" ({labels[value]})" if value in labels else "") for value in schema.get("enum", ())]
    return f"One of {', '.join(named)}" if named else ""


def _default(value: object) -> str:
    match value:
        case None | "" | ():
            return ""
        case bool():
            return f"`{str(value).lower()}`"
        case int() if value >= 10_000:
            return f"`{value:,}`".replace(",", "_")
        case Enum():
            return f"`{value.value}`"
    text = str(value)
    return f"`{text if len(text) <= 60 else text[:57] + '…'}`".replace("\n", " ").replace("|", "\\|")


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join("| " + " | ".join(cell.replace("\n", " ") for cell in line) + " |\n" for line in lines)


WRITERS = {"settings.md": settings, "nodes.md": nodes, "protocol.md": protocol, "cli.md": cli}


def main() -> int:
    """Write the pages, or with --check tell which are stale."""
    os.environ.clear()  # before anything is imported that asks it
    os.environ.update(TERMINAL)
    sys.path.insert(0, str(ROOT))  # the code beside these pages, wherever another copy is installed
    stale = []
    for name, write in WRITERS.items():
        page = NOTE + write()
        path = PAGES / name
        if "--check" in sys.argv:
            if not path.exists() or path.read_text(encoding="utf-8") != page:
                stale.append(name)
        else:
            PAGES.mkdir(parents=True, exist_ok=True)
            path.write_text(page, encoding="utf-8")
    if stale:
        print(f"stale: {', '.join(stale)}; run `.venv/bin/python scripts/reference.py`")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
