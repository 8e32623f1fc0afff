"""Everyone who is in by a socket, kept to what they still may.

A door lets someone in for what they may at that moment. When that changes, whoever changed it says so (`changed`), and
those concerned are looked up anew: who lost something is closed and may come back with what is left, who gained
something has it at once. Every few seconds all are looked up in one go, which finds sessions that have expired and
changes that another worker made; so nothing hangs on being told.

    Recheck ──changed──▶ this worker, at once
        ╰────spread───▶ the other workers: `heard` there
    sweep ──every few seconds──▶ everyone here
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from sqlalchemy import Connection

from collab_server.auth.accounts import Accounts
from collab_server.auth.identity import Identity
from collab_server.auth.roles import Facts, includes
from collab_server.auth.sharing import Sharing, with_role
from collab_server.errors import NotFound
from collab_server.logging import logger
from collab_server.rooms.registry import may_write
from collab_server.rooms.tasks import Tasks
from collab_server.stores.database import Database
from collab_server.stores.documents import DocumentKey
from flowroom.portions import in_portions
from flowroom.protocol import CloseCode

log = logger("attendance")

AT_ONCE = 150
"""How many are looked up by one question: whoever edits waits for a thread that is busy for long."""
REST_SECONDS = 0.01
"""Between one question and the next, where nobody waits for the answers."""


@dataclass(frozen=True, slots=True)
class Recheck:
    """Whom to look up anew: whoever came by these sessions or tokens, these people, on this graph.

    What is empty doesn't narrow it down; nothing at all means everyone. It is plain data, to be sent to other workers.
    """

    sessions: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    graph: str | None = None

    def concerns(self, identity: Identity, graph: str) -> bool:
        """Whether someone on a graph is meant."""
        return (
            (not self.sessions or identity.session in self.sessions)
            and (not self.people or identity.id in self.people)
            and self.graph in (None, graph)
        )


class Attendee(Protocol):
    """A peer, as far as its rights go."""

    identity: Identity
    can_write: bool

    def close(self, code: CloseCode) -> None:
        """End it with a code."""

    def tell_role(self) -> None:
        """Tell it that it has another role now."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Where someone is in: a document, and the graph whose roles count there."""

    key: DocumentKey
    graph: str


class Attendance:
    """Who is in, on this worker."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        sharing: Sharing,
        *,
        graph_of: Callable[[str], Awaitable[str]],
        seconds: float,
    ) -> None:
        """`graph_of` tells a run's graph, or raises NotFound; `seconds` is the time from one sweep to the next."""
        self._database = database
        self._accounts = accounts
        self._sharing = sharing
        self._graph_of = graph_of
        self._seconds = seconds
        self._seats: dict[Attendee, Seat] = {}
        self._tasks = Tasks("attendance")
        self.turn = 0
        """Counts changes, so that one made between asking and sitting down is not missed."""
        self.spread: Callable[[Recheck], None] = lambda _what: None
        """Tells the other workers; nothing where there are none."""
        self.rechecked: Callable[[Recheck], Awaitable[None]] = _nothing
        """Told on every worker, of each change that it learns of."""

    # Coming in

    async def admit(self, identity: Identity, key: DocumentKey) -> tuple[Identity, Seat] | None:
        """Who someone is in a document, with their role there; None when there is no such document for them."""
        if identity.kind == "engine":
            return identity, Seat(key, "")
        try:
            graph = await self._graph_of(key.id) if key.kind == "run" else key.id
        except NotFound:
            return None
        known = await self._sharing.on(identity, graph, past=key.kind == "run")
        return None if known is None else (known, Seat(key, graph))

    @contextmanager
    def seated(self, attendee: Attendee, seat: Seat, *, since: int) -> Iterator[None]:
        """Keep someone to their rights while the block runs. `since` is the `turn` from before they were asked."""
        self._seats[attendee] = seat
        if since != self.turn:
            self._tasks.start(self._look_up, [attendee])
        try:
            yield
        finally:
            del self._seats[attendee]

    # When rights change

    async def changed(self, what: Recheck) -> None:
        """Look up those concerned, here and on the other workers; returns when it is done here."""
        self.spread(what)
        await self.recheck(what)

    def dismiss(self, sessions: Iterable[str | None]) -> None:
        """Close whoever came by sessions or tokens that are known to have ended."""
        gone = tuple(session for session in sessions if session)
        if not gone:
            return
        self.turn += 1
        self.spread(Recheck(sessions=gone))
        for attendee in tuple(self._seats):
            if attendee.identity.session in gone:
                attendee.close(CloseCode.NOT_SIGNED_IN)

    def heard(self, what: Recheck) -> None:
        """Another worker says that rights have changed: look up those concerned, in a moment."""
        self._tasks.start(self.recheck, what)

    async def recheck(self, what: Recheck) -> None:
        """Look up those concerned on this worker."""
        self.turn += 1
        await self._look_up([who for who, seat in self._seats.items() if what.concerns(who.identity, seat.graph)])
        await self.rechecked(what)

    @asynccontextmanager
    async def kept(self) -> AsyncIterator["Attendance"]:
        """Sweep while the block runs."""
        sweeping = asyncio.create_task(self._sweep(), name="attendance")
        try:
            yield self
        finally:
            sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await sweeping
            await self._tasks.wait_closed()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(self._seconds)
            for who in self._seats:
                self._accounts.seen(who.identity)
            for step in (self._accounts.note_seen, self._look_up_everyone):
                try:
                    await step()
                except Exception as error:  # storage fails: nobody is shut out for that, and the next sweep tries again
                    log.warning("can't look up who may still be here", error=repr(error))

    async def _look_up_everyone(self) -> None:
        await self._look_up(list(self._seats), rest=REST_SECONDS)

    async def _look_up(self, who: Sequence[Attendee], *, rest: float = 0.0) -> None:
        for some in in_portions([one for one in who if one.identity.kind != "engine"], AT_ONCE):
            await asyncio.sleep(rest)
            seats = [self._seats.get(one) for one in some]
            asked = [(one, seat) for one, seat in zip(some, seats, strict=True) if seat is not None]
            standings = await self._database.read(partial(self._standings, asked=asked))
            for (one, seat), standing in zip(asked, standings, strict=True):
                _apply(one, seat, standing)

    def _standings(self, connection: Connection, asked: Sequence[tuple[Attendee, Seat]]) -> list[Identity | CloseCode]:
        """Who each of them is now, or the code to close them with. Blocking."""
        sessions = list({one.identity.session or "" for one, _ in asked})
        good = self._accounts.still_good(connection, sessions, time.time())
        known = [good.get(one.identity.session or "") for one, _ in asked]
        there = [(identity, seat.graph) for identity, (_, seat) in zip(known, asked, strict=True) if identity]
        facts = iter(self._sharing.facts(connection, there))
        return [
            CloseCode.NOT_SIGNED_IN if identity is None else _standing(identity, seat, next(facts))
            for identity, (_, seat) in zip(known, asked, strict=True)
        ]


async def _nothing(_what: Recheck) -> None:
    """Where nobody else follows what changes."""


def _standing(identity: Identity, seat: Seat, facts: Facts | None) -> Identity | CloseCode:
    past = seat.key.kind == "run"
    if facts is None or (facts.deleted and not past):
        return CloseCode.NO_SUCH_DOCUMENT
    return with_role(identity, facts, past=past) or CloseCode.NOT_ALLOWED


def _apply(attendee: Attendee, seat: Seat, standing: Identity | CloseCode) -> None:
    """Close who may less than before; let the others have what they may now."""
    if isinstance(standing, CloseCode):
        attendee.close(standing)
    elif attendee.identity.role is not None and not includes(standing.role, attendee.identity.role):
        attendee.close(CloseCode.NOT_ALLOWED)
    else:
        has_more = standing.role != attendee.identity.role
        attendee.identity = standing
        attendee.can_write = may_write(seat.key, standing)
        if has_more:
            attendee.tell_role()
