"""`flowroom people`: who has an account, and what an admin does with them, for those without the page at hand.

People are named by id, email address or name, as long as it is one of them alone.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from collab_server.cli.common import AsJson, Data, Token, Url, answer, fail, graph_id, reaching, settings_of
from flowroom.protocol import Role

if TYPE_CHECKING:
    from collab_server.cli.remote import Remote

app = typer.Typer(help="Members of the workspace: list, invite, change.", no_args_is_help=True)

Person = Annotated[str, typer.Argument(help="Id, email address or name of a member")]
Tokens = Annotated[
    Literal["keep", "revoke"] | None,
    typer.Option(help="What becomes of the API tokens in force that they have made"),
]
Links = Annotated[
    Literal["keep", "revoke"] | None,
    typer.Option(help="What becomes of the share links in force that they have made"),
]
RoleOption = Annotated[Role, typer.Option(help="What they may do")]


@app.command(name="list")
def list_people(url: Url = None, token: Token = None, data: Data = None, as_json: AsJson = False) -> None:
    """List the members, and the invitations that nobody has accepted yet."""
    with reaching(url, token, data) as server:
        found = {"members": list(_members(server)), "invitations": server.get("/invitations")["items"]}
    answer(found, as_json, _show_people)


@app.command()
def invite(
    email: Annotated[str | None, typer.Argument(help="The only address that may accept it; anyone's if absent")] = None,
    role: RoleOption = "editor",
    graph: Annotated[str | None, typer.Option(help="Id or title of the only graph that it is for")] = None,
    days: Annotated[float | None, typer.Option(help="Days in which it may be accepted")] = None,
    url: Url = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make an invitation, and print the address to send to whoever it is for."""
    _require_address(url, data, as_json)
    with reaching(url, token, data) as server:
        id = None if graph is None else graph_id(server, graph)
        wanted = {"email": email, "role": role, "graph": id, "expiresInDays": days}
        made = server.post("/invitations", {name: value for name, value in wanted.items() if value is not None})
    answer(made, as_json, _show_address)


@app.command()
def role(
    person: Person,
    role: Annotated[Literal[Role, "guest"], typer.Argument(help="A guest has only the graphs they were given")],
    tokens: Tokens = None,
    links: Links = None,
    url: Url = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Give a member another role in the workspace."""
    _change(person, {"role": None if role == "guest" else role}, (tokens, links), url, token, data, as_json)


@app.command()
def disable(
    person: Person,
    undo: Annotated[bool, typer.Option("--undo", help="Let them in again")] = False,
    tokens: Tokens = None,
    links: Links = None,
    url: Url = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Shut a member out and end their sessions."""
    _change(person, {"disabled": not undo}, (tokens, links), url, token, data, as_json)


@app.command(name="reset-password")
def reset_password(
    person: Person, url: Url = None, token: Token = None, data: Data = None, as_json: AsJson = False
) -> None:
    """Print an address, good once and for a day, at which a member sets a new password."""
    _require_address(url, data, as_json)
    with reaching(url, token, data) as server:
        made = server.post(f"/members/{_member(server, person)['id']}/password-link", {})
    answer(made, as_json, _show_address)


def _require_address(url: str | None, data: Path | None, as_json: bool) -> None:
    """Refuse to print an address that would lead nowhere: that of a server started for this command alone."""
    from collab_server.folder import running

    settings = settings_of(data=data)
    if (url is None or data is not None) and not settings.public_url and running(settings.data) is None:
        fail(
            f"No server has the data folder {settings.data} open, so the address would lead nowhere. Start it with "
            "`flowroom up`, name a server with --url, or set FLOWROOM_PUBLIC_URL.",
            as_json,
        )


def _change(
    person: str,
    change: dict[str, Any],
    left: tuple[str | None, str | None],
    url: str | None,
    token: str | None,
    data: Any,
    as_json: bool,
) -> None:
    from collab_server.cli.remote import Refused

    said = {what: fate for what, fate in zip(("tokens", "links"), left, strict=True) if fate is not None}
    with reaching(url, token, data) as server:
        id = _member(server, person)["id"]
        try:
            changed = server.send("PATCH", f"/members/{id}", json=change | said).json()
        except Refused as refused:
            what = next((what for what in ("tokens", "links") if what in refused.problem), None)
            if what is None:
                raise
            made = ", ".join(f"{one.get('name', one.get('title'))} ({one['id']})" for one in refused.problem[what])
            asked = f"They made {what} that would go on: {made}. Say what becomes of them: --{what} revoke or keep."
            raise Refused(asked, problem=refused.problem) from refused
    answer(changed, as_json, _show_member)


def _members(server: "Remote") -> Iterator[dict[str, Any]]:
    cursor: str | None = None
    while True:
        page = server.get("/members", before=cursor, limit=200)
        yield from page["items"]
        cursor = page["next"]
        if cursor is None:
            return


def _member(server: "Remote", named: str) -> dict[str, Any]:
    """The member with this id or address, or the only one with this name."""
    from collab_server.cli.remote import Refused

    everyone = list(_members(server))
    exact = [one for one in everyone if named == one["id"] or named.casefold() == one["email"].casefold()]
    found = exact or [one for one in everyone if one["name"] == named]
    if len(found) == 1:
        return found[0]
    if found:
        raise Refused(f"{len(found)} are called {named!r}: use an email address, as `flowroom people list` has.")
    raise Refused(f"There is no member {named!r}. `flowroom people list` has those there are.")


def _show_people(found: dict[str, Any]) -> None:
    from rich.text import Text

    from collab_server.cli.console import table_of, terminal

    table = table_of("Id", "Name", "Email", "Role", "Last seen")
    for one in found["members"]:
        seen = datetime.fromtimestamp(one["seenAt"]).strftime("%Y-%m-%d %H:%M") if one["seenAt"] else "never"
        table.add_row(one["id"], Text(one["name"]), Text(one["email"]), _role_of(one), seen)
    console = terminal()
    console.print(table if found["members"] else "Nobody has an account here yet; `flowroom people invite` makes one.")
    for one in found["invitations"]:
        until = datetime.fromtimestamp(one["expiresAt"]).strftime("%Y-%m-%d")
        where = "" if one["graph"] is None else f" of the graph {one['graph']}"
        console.print(Text(f"Invited: {one['email'] or 'anyone'} as {one['role']}{where}, until {until}"))


def _show_member(one: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.text import Text

    Console().print(Text(f"{one['name']} ({one['email']}): {_role_of(one)}"))


def _show_address(made: dict[str, Any]) -> None:
    from rich.console import Console

    until = datetime.fromtimestamp(made["expiresAt"]).strftime("%Y-%m-%d %H:%M")
    Console(highlight=False, soft_wrap=True).print(made["url"], markup=False)
    Console(stderr=True).print(f"It opens once, until {until}. Keep it: it is not shown again.")


def _role_of(one: dict[str, Any]) -> str:
    return ("disabled, was " if one["disabled"] else "") + (one["role"] or "guest")
