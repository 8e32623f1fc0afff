"""What is done to people and their rights is told, and no secret is in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path

import httpx
from sqlalchemy import Connection

from collab_server.happenings import Happening
from collab_server.settings import Settings
from tests.collab_server.access_house import PASSWORD, key_of
from tests.collab_server.portless import without_a_port

NEW = "another mild evening"


@asynccontextmanager
async def overheard(data: Path) -> AsyncIterator[tuple[httpx.AsyncClient, list[Happening], str]]:
    """The application without a port, a client of it, all that it tells, and its sign-in token."""
    heard: list[Happening] = []

    async def listen(happening: Happening) -> None:
        heard.append(happening)

    def keep(_: Connection, happening: Happening) -> None:
        heard.append(happening)

    async with without_a_port(Settings(data=data, examples=False)) as (here, client, token):
        here.happenings.listen(listen)
        here.happenings.keep(keep)
        yield client, heard, token


async def test_everything_that_is_done_to_people_and_their_rights_is_told_without_secrets(tmp_path: Path) -> None:
    """ACCESS-15"""
    async with overheard(tmp_path) as (client, heard, token):
        admin = {"authorization": f"Bearer {token}"}
        secrets = [token, PASSWORD, NEW, "a wrong password"]

        async def done(method: str, path: str, body: object = None, **headers: str) -> dict[str, str]:
            answer = await client.request(method, f"/api{path}", json=body, headers=headers or admin)
            assert answer.is_success, (method, path, answer.text)
            found: dict[str, str] = answer.json() if answer.content else {}
            secrets.extend(key_of(value) for name, value in found.items() if name in ("url", "token"))
            return found

        graph = (await done("POST", "/graphs", {}))["id"]
        bot = await done("POST", "/tokens", {"name": "Bot"})
        await done("DELETE", f"/tokens/{bot['id']}")
        ended = await done("POST", "/invitations", {"role": "viewer"})
        await done("DELETE", f"/invitations/{ended['id']}")
        invited = await done("POST", "/invitations", {"role": "viewer"})
        accept = f"/invitations/by-token/{key_of(invited['url'])}/accept"
        who = {"name": "Ada", "email": "ada@example.org", "password": PASSWORD}
        ada = (await done("POST", accept, who, origin="http://127.0.0.1"))["me"]["id"]  # type: ignore[index]
        csrf = {"x-csrf-token": client.cookies["flowroom_csrf"]}
        await done("PUT", "/me/password", {"current": PASSWORD, "new": NEW}, **csrf)
        link = await done("POST", f"/graphs/{graph}/links", {"role": "editor"})
        await done("POST", f"/links/by-token/{key_of(link['url'])}/open", None, **csrf)
        await done("DELETE", f"/graphs/{graph}/links/{link['id']}")
        await done("PATCH", f"/graphs/{graph}/access", {"visibility": "private"})
        await done("PUT", f"/graphs/{graph}/access/people/{ada}", {"role": "editor"})
        await done("DELETE", f"/graphs/{graph}/access/people/{ada}")
        await done("DELETE", "/session", None, **csrf)
        wrong = {"email": "ada@example.org", "password": "a wrong password"}
        assert (await client.post("/api/session", json=wrong)).status_code == 401
        await done("POST", "/session", {"email": "ada@example.org", "password": NEW})
        await done("PATCH", f"/members/{ada}", {"role": "admin"})
        await done("DELETE", f"/members/{ada}")

    told = [happening for happening in heard if not happening.kind.startswith("graph.")]
    assert [happening.kind for happening in told] == [
        "token.created", "token.revoked", "invitation.created", "invitation.revoked", "invitation.created",
        "account.created", "invitation.accepted", "session.opened", "password.changed", "link.created", "link.opened",
        "link.revoked", "grant.changed", "grant.changed", "grant.removed", "session.closed", "session.refused",
        "session.opened", "member.changed", "member.removed",
    ]  # fmt: skip
    text = str([asdict(happening) for happening in told])
    assert [secret for secret in secrets if secret in text] == []
    assert {happening.graph for happening in told} == {None, graph}
    refused = next(happening for happening in told if happening.kind == "session.refused")
    assert refused.facts == {"method": "password", "address": "127.0.0.1"}
