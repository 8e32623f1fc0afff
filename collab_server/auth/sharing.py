"""Who may do what with a graph: asked at every door, and changed by the graph's admins.

Roles follow from a few facts (roles.py); here those are read and written. Share links are keys to one graph with one
role: whoever is signed in gets that role there, a stranger becomes a guest who sees that graph and nothing else. What
a link gave holds as long as the link.
"""

import secrets
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from collab_server.auth.identity import Identity
from collab_server.auth.rights import admin_still, maker_of, no_such_graph
from collab_server.auth.roles import Facts, Visibility, is_token, role_on
from collab_server.auth.sessions import UNKNOWN, Browser, Opened, Sessions, a_person, arrived
from collab_server.auth.tokens import digest, new_token
from collab_server.errors import NotAllowed, NotFound
from collab_server.happenings import Happening, Happenings
from collab_server.stores import access as store
from collab_server.stores.access import Grant, Holder, LinkRow
from collab_server.stores.database import Database
from flowroom.presence import User
from flowroom.protocol import PeerKind, Role

DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Shared:
    """Who has a graph: its owner if still known, everyone who was given a role, and the links in force."""

    visibility: Visibility
    owner: Holder | None
    people: list[tuple[Holder, Role, str]]
    links: list[LinkRow]


class Sharing:
    """The access to all graphs of one workspace."""

    def __init__(self, database: Database, sessions: Sessions, happenings: Happenings) -> None:
        self._database = database
        self._sessions = sessions
        self._happenings = happenings

    # Asking

    async def on(self, identity: Identity, graph: str, *, past: bool = False) -> Identity | None:
        """A caller with the role that they have on a graph; None when there is no such graph for them.

        With `past` a deleted one counts, too: for its runs.
        """
        if identity.kind == "engine":
            return identity
        known = await self._database.read(lambda connection: self.facts(connection, [(identity, graph)]))
        return with_role(identity, known[0], past=past)

    def facts(self, connection: Connection, asked: Sequence[tuple[Identity, str]]) -> list[Facts | None]:
        """What is known of some graphs and callers. Blocking."""
        pairs = [(graph, identity.id) for identity, graph in asked]
        known = store.facts(connection, pairs, now=time.time())
        return [known.get(pair) for pair in pairs]

    async def roles(self, identity: Identity, graphs: Sequence[str]) -> list[Role | None]:
        """A caller's role on each of some graphs; None where there is none."""
        asked = [(identity, graph) for graph in graphs]
        known = await self._database.read(lambda connection: self.facts(connection, asked))
        there = [with_role(identity, facts) for facts in known]
        return [None if one is None else one.role for one in there]

    async def reach(self, identity: Identity, graphs: Collection[str], *, past: bool = False) -> set[str]:
        """Those of some graphs that a caller may see; with `past`, also what they could before it was deleted."""
        if identity.kind == "engine":
            return set(graphs)
        asked = [(identity, graph) for graph in graphs]
        known = await self._database.read(lambda connection: self.facts(connection, asked))
        return {graph for graph, facts in zip(graphs, known, strict=True) if with_role(identity, facts, past=past)}

    async def shared(self, graph: str) -> Shared:
        """Who has a graph. Raises NotFound."""

        def ask(connection: Connection) -> Shared:
            now = time.time()
            found = store.facts(connection, [(graph, "")], now=now).get((graph, ""))
            if found is None or found.deleted:
                raise no_such_graph(graph)
            grants = store.grants_on(connection, graph, now=now)
            names = store.holders(connection, {found.owner, *(grant.person for grant in grants)})
            people = [(names[grant.person], grant.role, grant.link) for grant in grants if grant.person in names]
            links = store.links_of(connection, graph, now=now)
            return Shared(found.visibility, names.get(found.owner), people, links)

        return await self._database.read(ask)

    async def seen_as(self, person: str) -> User:
        """A person or an API token as others see them; without a name when they are not known any more."""
        found = (await self._database.read(lambda connection: store.holders(connection, [person]))).get(person)
        kind: PeerKind = "bot" if is_token(person) else "person"
        return User(id=person, name=found.name if found else "", colour=found.colour if found else "", kind=kind)

    # Changing

    async def set_visibility(self, graph: str, visibility: Visibility, *, by: Identity) -> None:
        """Say whether everyone in the workspace may see a graph."""

        def work(connection: Connection) -> None:
            admin_still(connection, by, graph)
            store.set_visibility(connection, graph, visibility)
            self._note(connection, "grant.changed", graph, by, visibility=visibility)

        await self._database.write(work, alone=True)

    async def give(self, graph: str, person: str, role: Role, *, by: Identity) -> tuple[str, ...]:
        """Give a role on a graph to a person, or to an API token and whoever signed in with it; their ids. Raises
        NotFound.
        """

        def work(connection: Connection) -> tuple[str, ...]:
            admin_still(connection, by, graph)
            known = store.holders(connection, [person])
            if not known:
                raise NotFound(
                    f"There is nobody with the id {person!r}.", advice="GET /api/members lists those there are."
                )
            everyone = store.with_visitors(connection, person)
            for one in everyone:
                store.give(connection, Grant(graph, one, role), by=by.id, now=time.time())
            name = known[person].name
            self._note(connection, "grant.changed", graph, by, person=person, name=name, role=role)
            return everyone

        return await self._database.write(work, alone=True)

    async def take(self, graph: str, person: str, *, by: Identity) -> tuple[str, ...]:
        """Take back what someone was given on a graph, in person or by links; from an API token, also what whoever
        signed in with it has. Their ids. Raises NotFound.
        """

        def work(connection: Connection) -> tuple[str, ...]:
            admin_still(connection, by, graph)
            everyone = store.with_visitors(connection, person)
            if not store.take(connection, graph, everyone):
                raise NotFound(f"Nothing of this graph was given to {person!r}.")
            known = store.holders(connection, [person]).get(person)
            self._note(connection, "grant.removed", graph, by, person=person, name=known.name if known else "")
            return everyone

        return await self._database.write(work, alone=True)

    def _note(self, connection: Connection, kind: str, graph: str, by: Identity, **facts: Any) -> None:
        self._happenings.note(connection, Happening(kind, by=by, graph=graph, facts=facts))

    # Links

    async def create_link(self, graph: str, role: Role, *, by: Identity, days: float | None) -> tuple[str, LinkRow]:
        """Make a share link: its key, told only this once, and what it is. Without `days` it doesn't expire. Raises
        NotSignedIn and NotAllowed for who may make none any more.
        """
        secret, id, now = new_token(), f"l-{secrets.token_hex(6)}", time.time()
        expires = None if days is None else now + days * DAY_SECONDS

        def work(connection: Connection) -> LinkRow:
            maker = admin_still(connection, by, graph)
            link = LinkRow(id, graph, role, maker.id, now, expires, opened=0)
            store.add_link(connection, link, digest(secret))
            self._note(connection, "link.created", graph, by, link=id, role=role)
            return link

        return secret, await self._database.write(work, alone=True)

    async def revoke_link(self, graph: str, link: str, *, by: Identity) -> None:
        """End a link, and what it gave. Raises NotFound."""

        def work(connection: Connection) -> None:
            admin_still(connection, by, graph)
            if not store.revoke_link(connection, graph, link, now=time.time()):
                raise NotFound(f"This graph has no link {link!r} in force.")
            self._note(connection, "link.revoked", graph, by, link=link)

        await self._database.write(work, alone=True)

    async def find_link(self, token: str) -> LinkRow:
        """What a key opens. Raises NotFound."""
        found = await self._database.read(lambda c: store.find_link(c, digest(token), now=time.time()))
        if found is None:
            raise no_such_link()
        return found

    async def open_link(
        self, token: str, identity: Identity | None, browser: Browser = UNKNOWN
    ) -> tuple[LinkRow, Opened | Identity]:
        """Open a graph with a key: for who is signed in, or as a guest with a new session. Raises NotFound, and
        NotAllowed for an API token and who signed in with one: they have what the token was given.
        """

        def work(connection: Connection) -> tuple[LinkRow, Opened | Identity]:
            now = time.time()
            if identity is not None and is_token(maker_of(connection, identity).id):
                raise NotAllowed(
                    "A link is opened by people; an API token, and who is signed in with one, has the token's role and "
                    "what it is given by name.",
                    advice="Sign out and open the link again, or ask an admin of the graph to give it to the token.",
                )
            link = store.find_link(connection, digest(token), now=now)
            if link is None:
                raise no_such_link()
            who: Opened | Identity = identity or self._guest(connection, browser)
            guest = who.identity if isinstance(who, Opened) else who
            if store.give(connection, Grant(link.graph, guest.id, link.role, link.id), by=link.created_by, now=now):
                store.count_opening(connection, link.id)
            if isinstance(who, Opened):
                self._happenings.note(connection, who.told)
            self._note(connection, "link.opened", link.graph, guest, link=link.id, role=link.role)
            return link, who

        return await self._database.write(work, alone=True)

    def _guest(self, connection: Connection, browser: Browser) -> Opened:
        return self._sessions.open(connection, arrived(connection, a_person(connection)), "link", browser)


def no_such_link() -> NotFound:
    """What is said of a key that opens nothing."""
    return NotFound(
        "This link opens nothing: it has expired, was ended, or its graph was deleted.",
        advice="Ask whoever sent it for another.",
    )


def with_role(identity: Identity, facts: Facts | None, *, past: bool = False) -> Identity | None:
    """A caller with the role that follows from the facts; None when there is none."""
    if facts is None or (facts.deleted and not past):
        return None
    role = role_on(facts, caller=identity.id, kind=identity.kind, role=identity.role)
    return None if role is None else replace(identity, role=role)
