"""`flowroom webhooks`: which other programs are told what is done, for an admin without the page at hand."""

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from collab_server.cli.common import AsJson, Data, Token, Url, answer, reaching
from collab_server.cli.console import table_of, terminal

app = typer.Typer(help="Other programs that are told what is done: list, add, remove, test.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(help="Id of a webhook")]


@app.command(name="list")
def list_webhooks(url: Url = None, token: Token = None, data: Data = None, as_json: AsJson = False) -> None:
    """List the webhooks."""
    with reaching(url, token, data) as server:
        answer(server.get("/webhooks")["items"], as_json, _show_webhooks)


@app.command()
def add(
    address: Annotated[str, typer.Argument(help="Where messages go: https://…")],
    event: Annotated[list[str] | None, typer.Option(help="Such as run.*; everything if absent")] = None,
    description: Annotated[str, typer.Option(help="What it is for")] = "",
    url: Url = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Add a webhook, and print its secret, which is shown only this once."""
    with reaching(url, token, data) as server:
        body = {"url": address, "events": event or [], "description": description}
        answer(server.post("/webhooks", body), as_json, _show_secret)


@app.command()
def remove(hook: Id, url: Url = None, token: Token = None, data: Data = None, as_json: AsJson = False) -> None:
    """Remove a webhook, and what waits for it."""
    with reaching(url, token, data) as server:
        server.send("DELETE", f"/webhooks/{hook}")
    answer({"removed": hook}, as_json, lambda found: Console().print(Text(f"Removed {found['removed']}.")))


@app.command()
def test(hook: Id, url: Url = None, token: Token = None, data: Data = None, as_json: AsJson = False) -> None:
    """Send a ping, and say how it went; the exit code is 0 only if it was taken."""
    with reaching(url, token, data) as server:
        sent = server.post(f"/webhooks/{hook}/test", {})
    answer(sent, as_json, _show_delivery)
    if sent["state"] != "delivered":
        raise typer.Exit(1)


def _show_webhooks(hooks: list[dict[str, Any]]) -> None:
    table = table_of("Id", "Address", "Events", "State")
    for hook in hooks:
        state = "off" if not hook["enabled"] else "failing" if hook["failingSince"] else "on"
        table.add_row(*map(Text, (hook["id"], hook["url"], ", ".join(hook["events"]) or "all", state)))
    terminal().print(table if hooks else "There are no webhooks.")


def _show_secret(hook: dict[str, Any]) -> None:
    """The secret alone on standard output, for a script to keep."""
    Console(highlight=False, soft_wrap=True).print(hook["secret"])
    said = f"Webhook {hook['id']} was added; this is its secret. Keep it: it is not shown again."
    Console(stderr=True, highlight=False).print(Text(said))


def _show_delivery(sent: dict[str, Any]) -> None:
    how = f"The receiver answered {sent['status']}." if sent["status"] else sent["error"]
    was = "The ping was delivered" if sent["state"] == "delivered" else "The ping failed"
    Console(highlight=False).print(Text(f"{was} after {sent['seconds']} s: {how}"))
