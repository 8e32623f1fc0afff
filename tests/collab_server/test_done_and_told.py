"""What changes rights and its row in the list of what was done are one transaction: both are there, or neither."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, select
from sqlalchemy.exc import OperationalError

from collab_server.settings import Settings
from collab_server.stores import accounts
from collab_server.stores import activity as store
from collab_server.stores.tables import metadata
from collab_server.workspace import Workspace
from tests.collab_server.access_house import PASSWORD, key_of
from tests.collab_server.portless import ORIGIN, without_a_port
from tests.collab_server.rooms.conftest import DEADLINE, eventually

ADA = {"name": "Ada", "email": "ada@example.org", "password": PASSWORD}
NEW = "another mild evening"
SEEN = {"seen_at", "used_at"}
"""Columns that any request may change, whatever comes of it."""


@dataclass
class Stage:
    """A workspace, and a client that shows its sign-in token."""

    here: Workspace
    client: httpx.AsyncClient
    token: str
    is_browser: bool = False
    """Whether what is asked is asked with the cookies of who came last."""

    async def ask(self, method: str, path: str, body: object = None) -> httpx.Response:
        browser = {"x-csrf-token": self.client.cookies.get("flowroom_csrf") or "", "origin": ORIGIN}
        headers = browser if self.is_browser else {"authorization": f"Bearer {self.token}"}
        sent: Any = {"files": {"file": ("plan.json", body)}} if isinstance(body, bytes) else {"json": body}
        return await self.client.request(method, f"/api{path}", headers=headers, **sent)

    async def done(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        answer = await self.ask(method, path, body)
        assert answer.is_success, (method, path, answer.text)
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found

    async def graph(self) -> str:
        return str((await self.done("POST", "/graphs", {}))["id"])

    async def bot(self) -> str:
        """The id of an API token."""
        return str((await self.done("POST", "/tokens", {"name": "Bot"}))["id"])

    async def webhook(self) -> str:
        """The path of a webhook that wants nothing that happens here."""
        body = {"url": "https://example.org/hook", "events": ["run.finished"]}
        return f"/webhooks/{(await self.done('POST', '/webhooks', body))['id']}"

    async def member(self, *, signed_in: bool = False) -> str:
        """The id of an account, as whom all else is asked if they are signed in."""
        invited = await self.done("POST", "/invitations", {"role": "viewer"})
        path = f"/invitations/by-token/{key_of(invited['url'])}/accept"
        id = str((await self.done("POST", path, ADA))["me"]["id"])
        self.is_browser = signed_in
        if not signed_in:
            self.client.cookies.clear()
        return id

    def stored(self) -> dict[str, list[Any]]:
        """All that is stored, but for the list of what was done."""
        with self.here.engine.connect() as connection:
            return {
                table.name: sorted(
                    repr([value for name, value in row.items() if name not in SEEN])
                    for row in connection.execute(select(table)).mappings()
                )
                for table in metadata.sorted_tables
                if not table.name.startswith("activity")
            }

    def kinds(self) -> list[str]:
        """The kinds of all rows in the list of what was done."""
        with self.here.engine.connect() as connection:
            return list(connection.scalars(select(store.activity.c.kind).order_by(store.activity.c.id)))


@asynccontextmanager
async def staged(settings: Settings) -> AsyncIterator[Stage]:
    """The application without a port, and a client of it."""
    async with without_a_port(settings) as (here, client, token):
        yield Stage(here, client, token)


Asked = tuple[str, str, object]
"""Method, path and body of a request: JSON, or the bytes of a file."""


async def give(on: Stage) -> Asked:
    return "PUT", f"/graphs/{await on.graph()}/access/people/{await on.bot()}", {"role": "viewer"}


async def take(on: Stage) -> Asked:
    graph, bot = await on.graph(), await on.bot()
    await on.done("PUT", f"/graphs/{graph}/access/people/{bot}", {"role": "viewer"})
    return "DELETE", f"/graphs/{graph}/access/people/{bot}", None


async def hide(on: Stage) -> Asked:
    return "PATCH", f"/graphs/{await on.graph()}/access", {"visibility": "private"}


async def share(on: Stage) -> Asked:
    return "POST", f"/graphs/{await on.graph()}/links", {"role": "viewer"}


async def unshare(on: Stage) -> Asked:
    graph = await on.graph()
    link = await on.done("POST", f"/graphs/{graph}/links", {"role": "viewer"})
    return "DELETE", f"/graphs/{graph}/links/{link['id']}", None


async def open_link(on: Stage) -> Asked:
    link = await on.done("POST", f"/graphs/{await on.graph()}/links", {"role": "viewer"})
    return "POST", f"/links/by-token/{key_of(link['url'])}/open", None


async def make_token(on: Stage) -> Asked:
    return "POST", "/tokens", {"name": "Bot", "graphs": [await on.graph()]}


async def revoke_token(on: Stage) -> Asked:
    return "DELETE", f"/tokens/{await on.bot()}", None


async def change_member(on: Stage) -> Asked:
    return "PATCH", f"/members/{await on.member()}", {"role": "editor"}


async def remove_member(on: Stage) -> Asked:
    return "DELETE", f"/members/{await on.member()}", None


async def reset_password(on: Stage) -> Asked:
    return "POST", f"/members/{await on.member()}/password-link", None


async def invite(on: Stage) -> Asked:
    return "POST", "/invitations", {"role": "viewer"}


async def uninvite(on: Stage) -> Asked:
    return "DELETE", f"/invitations/{(await on.done('POST', '/invitations', {'role': 'viewer'}))['id']}", None


async def accept(on: Stage) -> Asked:
    invited = await on.done("POST", "/invitations", {"role": "viewer"})
    return "POST", f"/invitations/by-token/{key_of(invited['url'])}/accept", ADA


async def accept_as_member(on: Stage) -> Asked:
    invited = await on.done("POST", "/invitations", {"role": "editor"})
    await on.member(signed_in=True)
    return "POST", f"/invitations/by-token/{key_of(invited['url'])}/accept", {}


async def set_password(on: Stage) -> Asked:
    link = await on.done("POST", f"/members/{await on.member()}/password-link")
    return "POST", f"/invitations/by-token/{key_of(link['url'])}/accept", {"password": NEW}


async def change_password(on: Stage) -> Asked:
    await on.member(signed_in=True)
    return "PUT", "/me/password", {"current": PASSWORD, "new": NEW}


async def sign_in(on: Stage) -> Asked:
    await on.member()
    return "POST", "/session", {"email": ADA["email"], "password": PASSWORD}


async def sign_in_by_token(on: Stage) -> Asked:
    return "POST", "/session", {"token": on.token}


async def sign_out(on: Stage) -> Asked:
    await on.member(signed_in=True)
    return "DELETE", "/session", None


async def end_session(on: Stage) -> Asked:
    await on.member(signed_in=True)
    (session,) = (await on.done("GET", "/me/sessions"))["items"]
    return "DELETE", f"/me/sessions/{session['id']}", None


async def ask_for_access(on: Stage) -> Asked:
    graph = await on.graph()
    await on.member(signed_in=True)
    return "POST", f"/graphs/{graph}/access/requests", {"role": "editor"}


async def withdraw(on: Stage) -> Asked:
    method, path, body = await ask_for_access(on)
    return "DELETE", f"{path}/{(await on.done(method, path, body))['id']}", None


async def grant(on: Stage) -> Asked:
    _, path, _ = await withdraw(on)
    on.is_browser = False
    return "PATCH", path, {"state": "granted"}


async def decline(on: Stage) -> Asked:
    _, path, _ = await grant(on)
    return "PATCH", path, {"state": "declined"}


async def add_webhook(on: Stage) -> Asked:
    return "POST", "/webhooks", {"url": "https://example.org/hook"}


async def change_webhook(on: Stage) -> Asked:
    return "PATCH", await on.webhook(), {"description": "Another"}


async def rotate_webhook(on: Stage) -> Asked:
    return "POST", f"{await on.webhook()}/secret", None


async def remove_webhook(on: Stage) -> Asked:
    return "DELETE", await on.webhook(), None


async def create(on: Stage) -> Asked:
    return "POST", "/graphs", {"title": "Plan"}


async def put(on: Stage) -> Asked:
    return "PUT", "/graphs/plan", {"title": "Plan"}


async def take_in(on: Stage) -> Asked:
    return "POST", "/import", b'{"nodes": {"n": {"type": "LLM", "name": "Summarise"}}}'


async def duplicate(on: Stage) -> Asked:
    return "POST", f"/graphs/{await on.graph()}/duplicate", None


async def delete(on: Stage) -> Asked:
    return "DELETE", f"/graphs/{await on.graph()}", None


async def keep(on: Stage) -> Asked:
    return "POST", f"/graphs/{await on.graph()}/versions?label=Good", None


async def forget(on: Stage) -> Asked:
    method, path, _ = await keep(on)
    version = await on.done(method, path)
    return "DELETE", f"{path.partition('?')[0]}/{version['id']}", None


async def restore(on: Stage) -> Asked:
    return "POST", f"/graphs/{await on.graph()}/restore", {}


DEEDS: list[tuple[str, Callable[[Stage], Awaitable[Asked]]]] = [
    ("grant.changed", give),
    ("grant.changed", hide),
    ("grant.removed", take),
    ("link.created", share),
    ("link.revoked", unshare),
    ("link.opened", open_link),
    ("token.created", make_token),
    ("token.revoked", revoke_token),
    ("member.changed", change_member),
    ("member.removed", remove_member),
    ("invitation.created", reset_password),
    ("invitation.created", invite),
    ("invitation.revoked", uninvite),
    ("account.created", accept),
    ("invitation.accepted", accept_as_member),
    ("password.changed", set_password),
    ("password.changed", change_password),
    ("session.opened", sign_in),
    ("session.opened", sign_in_by_token),
    ("session.closed", sign_out),
    ("session.closed", end_session),
    ("request.created", ask_for_access),
    ("request.withdrawn", withdraw),
    ("grant.changed", grant),
    ("request.declined", decline),
    ("webhook.created", add_webhook),
    ("webhook.changed", change_webhook),
    ("webhook.rotated", rotate_webhook),
    ("webhook.removed", remove_webhook),
    ("graph.created", create),
    ("graph.created", put),
    ("graph.imported", take_in),
    ("graph.duplicated", duplicate),
    ("graph.deleted", delete),
    ("version.kept", keep),
    ("version.deleted", forget),
    ("graph.restored", restore),
]


@pytest.mark.parametrize(("kind", "deed"), DEEDS, ids=lambda one: one if isinstance(one, str) else one.__name__)
async def test_what_the_list_does_not_take_is_not_done_either(
    database: str, tmp_path: Path, kind: str, deed: Callable[[Stage], Awaitable[Asked]]
) -> None:
    """ACT-15: nothing has changed, whoever asked may ask again, and then it is done, and told once."""
    async with staged(Settings(data=tmp_path / "data", examples=False, database_url=database)) as stage:
        asked = await deed(stage)
        before, told = stage.stored(), stage.kinds()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(store, "add", refuse)
            refused = await stage.ask(*asked)
        assert refused.status_code == 503
        assert stage.stored() == before

        again = await stage.ask(*asked)
        assert again.is_success, again.text
        assert stage.kinds()[len(told) :].count(kind) == 1


DEEDS_OF_ADMINS = (
    give, hide, take, share, unshare, make_token, revoke_token, change_member, remove_member, reset_password, invite,
    uninvite, grant, decline, add_webhook, change_webhook, rotate_webhook, remove_webhook,
)  # fmt: skip


async def test_what_an_admin_asked_for_is_not_done_when_they_are_none_any_more(database: str, tmp_path: Path) -> None:
    """ACCESS-20: their token is revoked after it was found good, and before what they asked for is begun."""
    async with staged(Settings(data=tmp_path / "data", examples=False, database_url=database)) as stage:
        for deed in DEEDS_OF_ADMINS:
            for member in (await stage.done("GET", "/members"))["items"]:
                await stage.done("DELETE", f"/members/{member['id']}")
            asked = await deed(stage)
            ops = await stage.done("POST", "/tokens", {"name": "Ops", "role": "admin"})
            told = stage.kinds()

            refused = await asked_while_revoked(stage, ops, asked)

            assert refused.status_code == 401, (deed.__name__, refused.text)
            assert stage.kinds() == told, deed.__name__


async def asked_while_revoked(on: Stage, ops: dict[str, Any], asked: Asked) -> httpx.Response:
    """The answer to who asks with a token that is being revoked, by a transaction that ends before theirs begins."""
    begun, go_on = threading.Event(), threading.Event()
    database = on.here.accounts._database

    def revoke(connection: Connection) -> None:
        accounts.revoke_token(connection, ops["id"], now=1)
        begun.set()
        assert go_on.wait(DEADLINE)

    revoking = asyncio.ensure_future(database.write(revoke, alone=True))
    await asyncio.to_thread(begun.wait, DEADLINE)
    asking = asyncio.ensure_future(replace(on, token=ops["token"]).ask(*asked))
    await eventually(lambda: database._writer._queue.qsize() or asking.done(), "what was asked for waits for its turn")
    go_on.set()
    await revoking
    return await asking


def refuse(*_: object) -> None:
    """What storing a row in the list comes to on a full disk."""
    raise OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full"))
