"""Opening a session: a new secret for a browser, whoever the person is and however they showed it.

Used inside of the work that makes or finds the person, so that both are stored or neither is. Reading sessions is in
accounts.py.
"""

import secrets
import time
from dataclasses import dataclass
from typing import Literal, NamedTuple

from sqlalchemy import Connection

from collab_server.auth.identity import Identity
from collab_server.auth.names import NAMES, friendly_colour, friendly_name
from collab_server.auth.roles import highest
from collab_server.auth.tokens import digest, new_token
from collab_server.happenings import Happening
from collab_server.stores import accounts as store
from collab_server.stores.access import forget_visitors
from collab_server.stores.people import PersonRow, add_person
from flowroom.protocol import PeerKind, Role

Method = Literal["token", "password", "oidc", "link", "invitation"]
MAX_AGENT_CHARS = 200


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that was just opened: the secret for its cookie, told only this once, and who the browser now is."""

    secret: str
    identity: Identity
    told: Happening
    """What the list of what was done says of it: noted by whoever opened it, last in the same work."""


class Browser(NamedTuple):
    """What is known of a browser: the address that it comes from, and what it calls itself."""

    address: str = ""
    agent: str = ""


UNKNOWN = Browser()


@dataclass(frozen=True, slots=True)
class Key:
    """What a session was opened with besides a person's own word: a token, whose role it has and with which it ends."""

    hash: str = ""
    role: Role | None = None
    kind: PeerKind = "person"


class Sessions:
    """How sessions are opened here. `seconds` is how long one lasts, `idle_seconds` how long it may go unused."""

    def __init__(self, *, seconds: float, idle_seconds: float) -> None:
        self.seconds = int(seconds)
        self.idle_seconds = idle_seconds

    def open(
        self, connection: Connection, who: PersonRow, method: Method, browser: Browser, key: Key | None = None
    ) -> Opened:
        """Open a session of a person, and forget those that can't come back. To be called in a work of the writer."""
        shown, secret, now = key or Key(), new_token(), time.time()
        identity = Identity(
            id=who.id,
            name=who.name,
            colour=who.colour,
            role=highest([who.role, shown.role]),
            kind=shown.kind,
            session=f"s-{secrets.token_hex(8)}",
        )
        store.add_session(
            connection,
            identity,
            digest(secret),
            token_hash=shown.hash,
            role=shown.role,
            method=method,
            agent=browser.agent[:MAX_AGENT_CHARS],
            now=now,
            expires=now + self.seconds,
        )
        forget_visitors(connection)
        facts = {"method": method, "address": browser.address}
        return Opened(secret, identity, Happening("session.opened", by=identity, facts=facts))


def a_person(
    connection: Connection,
    *,
    name: str | None = None,
    colour: str | None = None,
    email: str | None = None,
    password: str | None = None,
    role: Role | None = None,
) -> PersonRow:
    """Someone new, with a friendly name and a colour that tell them from the others, unless they have those."""
    return PersonRow(
        id=f"p-{secrets.token_hex(6)}",
        email=email,
        name=name or friendly_name(store.taken_names(connection, NAMES)),
        colour=colour or friendly_colour(store.worn_colours(connection)),
        password=password,
        role=role,
        created_at=time.time(),
        seen_at=None,
        disabled_at=None,
    )


def arrived(connection: Connection, who: PersonRow) -> PersonRow:
    """Store someone new."""
    add_person(connection, who)
    return who
