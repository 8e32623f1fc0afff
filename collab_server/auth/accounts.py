"""Who is asking: tokens and sessions turned into identities.

The sign-in token is the workspace's one admin key: a browser that opens the page with it becomes a person of its own,
with a friendly name until it chooses another. A program may use that token as it is, or an API token of its own name
and role. The engine comes with the service token. People with passwords are in people.py.
"""

import secrets
import time
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection
from starlette.requests import HTTPConnection

from collab_server.auth.credentials import SESSION_COOKIE, credentials
from collab_server.auth.identity import ENGINE, SIGN_IN, Identity
from collab_server.auth.left import UNSAID, Ended, Said, settled
from collab_server.auth.names import friendly_colour
from collab_server.auth.rights import admin_still
from collab_server.auth.roles import TOKEN_IDS
from collab_server.auth.sessions import UNKNOWN, Browser, Key, Opened, Sessions, a_person, arrived
from collab_server.auth.tokens import digest, new_token, same
from collab_server.errors import Conflict, NotFound, NotSignedIn
from collab_server.happenings import Happening, Happenings
from collab_server.stores import access
from collab_server.stores import accounts as store
from collab_server.stores.database import Database
from collab_server.stores.people import hold_rights
from flowroom.protocol import PeerKind, Role

NOTED_SECONDS = 60.0
"""How exact it is known when a session or token was last used: fewer writes than requests."""


class Accounts:
    """Everyone who may come in."""

    def __init__(
        self, database: Database, sessions: Sessions, happenings: Happenings, *, sign_in: str, service: str
    ) -> None:
        self._database = database
        self._sessions = sessions
        self._happenings = happenings
        self._sign_in_hash = digest(sign_in)
        self._service_hash = digest(service)
        self._seen: dict[str, float] = {}
        self._noted: dict[str, float] = {}

    @property
    def session_seconds(self) -> int:
        """How long a session lasts at most."""
        return self._sessions.seconds

    # Who it is

    async def identify(self, connection: HTTPConnection) -> Identity | None:
        """Who this request or socket is from; None when it shows nothing, or nothing that is still good."""
        match credentials(connection):
            case None:
                return None
            case shown if shown.kind == "token":
                found = await self._holder(digest(shown.secret))
            case shown:
                found = await self.visitor(shown.secret)
        if found is not None:
            self.seen(found)
        return found

    async def visitor(self, secret: str) -> Identity | None:
        """Whose session this is the secret of, while it is good."""
        hash, now = digest(secret), time.time()

        def ask(connection: Connection) -> Identity | None:
            found = store.find_session(connection, hash, now=now, idle=self._sessions.idle_seconds)
            return None if found is None else self._checked(connection, found, now)

        return await self._database.read(ask)

    async def opened_with(self, connection: HTTPConnection, token: str) -> bool:
        """Whether this browser has a good session already that was opened with this very token."""
        hash, wanted, now = digest(connection.cookies.get(SESSION_COOKIE, "")), digest(token), time.time()

        def ask(connection: Connection) -> bool:
            found = store.find_session(connection, hash, now=now, idle=self._sessions.idle_seconds)
            return (
                found is not None
                and same(found.token_hash, wanted)
                and self._checked(connection, found, now) is not None
            )

        return await self._database.read(ask)

    def still_good(self, connection: Connection, ids: Sequence[str], now: float) -> dict[str, Identity]:
        """Those of some sessions and tokens that are still good, by id, as who they now are. Blocking."""
        good = {shared.id: shared for shared in (ENGINE, SIGN_IN) if shared.id in ids}
        good |= store.tokens_by_id(connection, ids, now=now)
        found = store.sessions_by_id(connection, ids, now=now, idle=self._sessions.idle_seconds)
        for id, session in found.items():
            identity = self._checked(connection, session, now)
            if identity is not None:
                good[id] = identity
        return good

    async def _holder(self, token_hash: str) -> Identity | None:
        if same(token_hash, self._sign_in_hash):
            return SIGN_IN
        if same(token_hash, self._service_hash):
            return ENGINE
        return await self._database.read(lambda connection: store.find_token(connection, token_hash, now=time.time()))

    def _checked(self, connection: Connection, found: store.FoundSession, now: float) -> Identity | None:
        """A session's identity, unless the token that it was opened with was revoked or replaced."""
        hash = found.token_hash
        good = hash == "" or same(hash, self._sign_in_hash) or store.find_token(connection, hash, now=now) is not None
        return found.identity if good else None

    # Sessions

    async def sign_in(self, token: str, browser: Browser = UNKNOWN) -> Opened:
        """Open a session with a token; whoever does is a person of their own. Raises NotSignedIn."""
        token_hash = digest(token)
        holder = await self._holder(token_hash)
        if holder is None or holder.kind == "engine":
            raise NotSignedIn(
                "That is not a sign-in token of this server.",
                expected="the token that `flowroom up` printed, or an API token",
                received="another text",
                advice="Run `flowroom token` where the server runs to see the address again.",
            )
        return await self._database.write(
            lambda connection: self._open(connection, holder, token_hash, browser), alone=True
        )

    def _open(self, connection: Connection, holder: Identity, token_hash: str, browser: Browser) -> Opened:
        shared = holder is SIGN_IN
        new = a_person(connection) if shared else a_person(connection, name=holder.name, colour=holder.colour)
        who = arrived(connection, new)
        now = time.time()
        for grant in access.grants_of(connection, [holder.id], now=now):  # of a token for some graphs only
            access.give(connection, replace(grant, person=who.id), by=holder.id, now=now)
        key = Key(token_hash, holder.role, "person" if shared else holder.kind)
        opened = self._sessions.open(connection, who, "token", browser, key)
        self._happenings.note(connection, opened.told)
        return opened

    async def sign_out(self, identity: Identity) -> bool:
        """End the identity's session; False when it came by a token, which stays good."""

        def work(connection: Connection) -> bool:
            was_open = store.end_session(connection, identity.session or "")
            if was_open:
                self._happenings.note(connection, Happening("session.closed", by=identity))
            return was_open

        return await self._database.write(work, alone=True)

    async def replaced(self, identity: Identity) -> None:
        """End the session that a browser had before the one that was opened for it now."""
        await self._database.write(lambda connection: store.end_session(connection, identity.session or ""))

    async def sessions_of(self, identity: Identity) -> list[store.SessionRow]:
        """The identity's open sessions, the one used last first."""
        idle = self._sessions.idle_seconds
        return await self._database.read(
            lambda connection: store.list_sessions(connection, identity.id, now=time.time(), idle=idle)
        )

    async def end_session(self, identity: Identity, id: str) -> bool:
        """End one of the identity's sessions; False when it has no such."""

        def work(connection: Connection) -> bool:
            hold_rights(connection)
            was_open = store.end_session(connection, id, person_id=identity.id)
            if was_open:
                self._happenings.note(connection, Happening("session.closed", by=identity, facts={"session": id}))
            return was_open

        return await self._database.write(work, alone=True)

    async def rename(self, identity: Identity, *, name: str | None, colour: str | None) -> Identity:
        """Give an identity another name or colour. Raises Conflict for the two identities that everyone shares."""
        if identity in (ENGINE, SIGN_IN):
            raise Conflict(
                "The shared tokens have no name of their own.",
                advice="Sign in with a browser, or make an API token with POST /api/tokens.",
            )
        renamed = replace(identity, name=name or identity.name, colour=colour or identity.colour)
        await self._database.write(lambda connection: store.rename(connection, renamed))
        return renamed

    # API tokens

    async def create_token(
        self,
        name: str,
        role: Role,
        kind: PeerKind,
        *,
        by: Identity,
        expires: float | None = None,
        graphs: Sequence[str] = (),
    ) -> tuple[str, Identity]:
        """Make an API token: the secret, told only this once, and the identity it gives.

        With `graphs` it has its role on those only. `expires` is seconds since 1970. Raises NotSignedIn and NotAllowed
        for who may make none any more.
        """
        secret, id, now = new_token(), f"{TOKEN_IDS}{secrets.token_hex(6)}", time.time()
        own = None if graphs else role

        def work(connection: Connection) -> Identity:
            maker = admin_still(connection, by)
            colour = friendly_colour(store.worn_colours(connection))
            holder = Identity(id=id, name=name, colour=colour, role=own, kind=kind, session=id)
            store.add_token(connection, holder, digest(secret), by=maker.id, now=now, expires=expires)
            for graph in dict.fromkeys(graphs):
                access.give(connection, access.Grant(graph, id, role), by=by.id, now=now)
            facts = {"token": id, "name": name, "role": role, "graphs": list(graphs)}
            self._happenings.note(connection, Happening("token.created", by=by, facts=facts))
            return holder

        return secret, await self._database.write(work, alone=True)

    async def tokens(self) -> list[tuple[store.TokenRow, list[access.Grant]]]:
        """The API tokens in force, the newest first, each with the roles it has on single graphs."""

        def ask(connection: Connection) -> list[tuple[store.TokenRow, list[access.Grant]]]:
            now = time.time()
            found = store.list_tokens(connection, now=now)
            grants = access.grants_of(connection, [row.identity.id for row in found], now=now)
            return [(row, [grant for grant in grants if grant.person == row.identity.id]) for row in found]

        return await self._database.read(ask)

    async def revoke_token(self, id: str, said: Said = UNSAID, *, by: Identity) -> Ended:
        """End an API token and every session opened with it. Raises NotFound; and Conflict when others, or links, were
        made with it, and it isn't said what becomes of them.
        """

        def work(connection: Connection) -> Ended:
            admin_still(connection, by)
            now = time.time()
            revoked = store.hold_token(connection, id, now=now)
            if revoked is None:
                raise NotFound(
                    f"There is no API token {id!r} in force.", advice="GET /api/tokens lists those there are."
                )
            left = settled(connection, id, said, whose="It has")
            ids = [*store.revoke_token(connection, id, now=now), *left.ids]
            ended = Ended([revoked, *left.tokens], left.links, ids)
            ended.note(connection, self._happenings, by)
            return ended

        return await self._database.write(work, alone=True)

    # When they were last used

    def seen(self, identity: Identity) -> None:
        """Note that a session or token is in use; `note_seen` stores it."""
        now = time.time()
        exact = min(NOTED_SECONDS, self._sessions.idle_seconds / 10)
        if identity.session and now - self._noted.get(identity.session, 0) > exact:
            self._seen[identity.session] = now

    async def note_seen(self) -> None:
        """Store what was noted; kept for the next time if that fails."""
        if not self._seen:
            return
        noted, self._seen = self._seen, {}
        try:
            await self._database.write(lambda connection: store.note_seen(connection, noted), alone=True)
        except BaseException:
            self._seen = noted | self._seen
            raise
        fresh = time.time() - NOTED_SECONDS
        self._noted = {id: at for id, at in (self._noted | noted).items() if at > fresh}
