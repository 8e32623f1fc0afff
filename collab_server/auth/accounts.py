"""Who is asking: tokens and sessions turned into identities.

The sign-in token is the workspace's one admin key: a browser that opens the page with it becomes a person of its own,
with a friendly name until it chooses another. A program may use that token as it is, or an API token of its own name
and role. The engine comes with the service token.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from anyio import to_thread
from sqlalchemy import Connection, Engine
from starlette.requests import HTTPConnection

from collab_server.auth.credentials import SESSION_COOKIE, credentials
from collab_server.auth.identity import Identity
from collab_server.auth.names import friendly_colour, friendly_name
from collab_server.auth.tokens import digest, new_token, same
from collab_server.errors import Conflict, NotSignedIn
from collab_server.stores import accounts as store
from flowroom.protocol import PeerKind, Role
from flowroom.sql import Writer

T = TypeVar("T")

ENGINE = Identity(id="engine", name="Engine", colour="#4263eb", role="admin", kind="engine", session="engine")
SIGN_IN = Identity(id="sign-in", name="Workspace token", colour="#087f5b", role="admin", kind="bot", session="sign-in")


class Accounts:
    """Everyone who may come in."""

    def __init__(self, engine: Engine, writer: Writer, *, sign_in: str, service: str, session_days: float = 30) -> None:
        self._engine = engine
        self._writer = writer
        self._sign_in_hash = digest(sign_in)
        self._service_hash = digest(service)
        self.session_seconds = int(session_days * 86_400)

    async def identify(self, connection: HTTPConnection) -> Identity | None:
        """Who this request or socket is from; None when it shows nothing, or nothing that is still good."""
        match credentials(connection):
            case None:
                return None
            case shown if shown.kind == "token":
                return await self._holder(digest(shown.secret))
            case shown:
                return await self._visitor(digest(shown.secret))

    async def opened_with(self, connection: HTTPConnection, token: str) -> bool:
        """Whether this browser has a good session already that was opened with this very token."""
        shown, wanted = connection.cookies.get(SESSION_COOKIE, ""), digest(token)
        found = await self._found(digest(shown))
        return found is not None and same(found.token_hash, wanted) and await self._holder(wanted) is not None

    async def sign_in(self, token: str) -> tuple[str, Identity]:
        """Open a session with a token: the secret for the cookie, and who the browser now is. Raises NotSignedIn."""
        token_hash = digest(token)
        holder = await self._holder(token_hash)
        if holder is None or holder.kind == "engine":
            raise NotSignedIn(
                "That is not a sign-in token of this server.",
                expected="the token that `flowroom up` printed, or an API token",
                received="another text",
                advice="Run `flowroom token` where the server runs to see the address again.",
            )
        secret, now = new_token(), time.time()
        guest = Identity(
            id=f"p-{secrets.token_hex(6)}",
            name=friendly_name() if holder is SIGN_IN else holder.name,
            colour=friendly_colour() if holder is SIGN_IN else holder.colour,
            role=holder.role,
            kind="person" if holder is SIGN_IN else holder.kind,
            session=f"s-{secrets.token_hex(8)}",
        )
        expires = now + self.session_seconds
        await self._writer.write(
            lambda connection: store.add_session(
                connection, guest, digest(secret), token_hash=token_hash, now=now, expires=expires
            )
        )
        return secret, guest

    async def sign_out(self, identity: Identity) -> None:
        """End the identity's session; a token stays good."""
        await self._writer.write(lambda connection: store.end_session(connection, identity.session or ""))

    async def rename(self, identity: Identity, *, name: str | None, colour: str | None) -> Identity:
        """Give an identity another name or colour. Raises Conflict for the two identities that everyone shares."""
        if identity in (ENGINE, SIGN_IN):
            raise Conflict(
                "The shared tokens have no name of their own.",
                advice="Sign in with a browser, or make an API token with POST /api/tokens.",
            )
        renamed = replace(identity, name=name or identity.name, colour=colour or identity.colour)
        await self._writer.write(
            lambda connection: store.rename(
                connection, identity.session or "", name=renamed.name, colour=renamed.colour
            )
        )
        return renamed

    async def create_token(self, name: str, role: Role, kind: PeerKind, *, by: Identity) -> tuple[str, Identity]:
        """Make an API token: the secret, told only this once, and the identity it gives."""
        secret, id = new_token(), f"t-{secrets.token_hex(6)}"
        holder = Identity(id=id, name=name, colour=friendly_colour(), role=role, kind=kind, session=id)
        await self._writer.write(
            lambda connection: store.add_token(connection, holder, digest(secret), by=by.id, now=time.time())
        )
        return secret, holder

    async def tokens(self) -> list[tuple[Identity, float]]:
        """The API tokens in force and when each was made, the newest first."""
        return await self._read(store.list_tokens)

    async def revoke_token(self, id: str) -> list[str]:
        """End an API token and every session opened with it; what `Identity.session` was for those it ends."""
        return await self._writer.write(lambda connection: store.revoke_token(connection, id, now=time.time()))

    async def _holder(self, token_hash: str) -> Identity | None:
        if same(token_hash, self._sign_in_hash):
            return SIGN_IN
        if same(token_hash, self._service_hash):
            return ENGINE
        return await self._read(lambda connection: store.find_token(connection, token_hash))

    async def _visitor(self, session_hash: str) -> Identity | None:
        found = await self._found(session_hash)
        if found is None or await self._holder(found.token_hash) is None:
            return None  # the token it was opened with was revoked or replaced
        return found.identity

    async def _found(self, session_hash: str) -> store.FoundSession | None:
        return await self._read(lambda connection: store.find_session(connection, session_hash, now=time.time()))

    async def _read(self, ask: Callable[[Connection], T]) -> T:
        def work() -> T:
            with self._engine.connect() as connection:
                return ask(connection)

        return await to_thread.run_sync(work)
