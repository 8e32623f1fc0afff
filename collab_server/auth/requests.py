"""Asking for a higher role on a graph: by whoever sees it and may less, decided by its admins.

Someone has one open request on a graph at a time; asking again changes it. The graph's admins are told, and so is the
asker once it is decided: in the inbox, and at once where they wait for it. A grant is a role given in person, and
counts on every socket that is open already.
"""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from sqlalchemy import Connection

from collab_server.auth.attendance import Attendance, Recheck
from collab_server.auth.identity import SIGN_IN, Identity
from collab_server.auth.rights import admin_still
from collab_server.auth.roles import highest, includes
from collab_server.auth.sharing import Sharing, with_role
from collab_server.errors import Conflict, NotFound, RateLimited
from collab_server.happenings import Happening, Happenings
from collab_server.inbox import Inbox
from collab_server.notifications import AccessNotice
from collab_server.pace import Pace
from collab_server.stores import access
from collab_server.stores import access_requests as store
from collab_server.stores.access import Grant
from collab_server.stores.access_requests import RequestRow, RequestState
from collab_server.stores.database import Database
from flowroom.discussion import NoticeKind
from flowroom.presence import User
from flowroom.protocol import Role

PER_MINUTE = 20
LOOK_SECONDS = 1.0
"""How long a decision that another worker made may go unnoticed by who waits for it."""
MAX_WAITING = 20
"""Of one person in one process."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What an admin says: the role to give, None to decline; and perhaps why."""

    given: Role | None
    note: str = ""


class AccessRequests:
    """The requests on all graphs of a workspace."""

    def __init__(
        self, database: Database, attendance: Attendance, inbox: Inbox, sharing: Sharing, happenings: Happenings
    ) -> None:
        self._database = database
        self._happenings = happenings
        self._sharing = sharing
        self._attendance = attendance
        self._inbox = inbox
        self._pace = Pace(PER_MINUTE, "requests for access")
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._waiters: Counter[str] = Counter()

    # Asking

    async def ask(self, graph: str, role: Role, reason: str, *, by: Identity) -> tuple[RequestRow, bool]:
        """Ask for a role above the one that `by` has; and whether this request is new. Raises Conflict, RateLimited."""
        if by.may(role):
            raise Conflict(
                f"You may do that already: your role on this graph is {by.role}.",
                expected=f"a role above {by.role}",
                received=role,
            )
        self._pace.spend(by.id)
        id, user = f"q-{secrets.token_hex(6)}", by.user()
        wanted = RequestRow(id, graph, user, role, reason, time.time(), "open", None, None, None, "")

        def work(connection: Connection) -> tuple[RequestRow, bool, set[str]]:
            asked, is_new = store.put(connection, wanted)
            if not is_new:
                return asked, False, set()
            told = self._inbox.add(connection, graph, _for_deciders(connection, asked))
            self._note(connection, "request.created", asked, by, role=asked.role)
            return asked, True, told

        asked, is_new, told = await self._database.write(work, alone=True)
        self._inbox.tell(told)
        return asked, is_new

    async def withdraw(self, graph: str, id: str, *, by: Identity) -> None:
        """Take one's own request back. Raises NotFound, Conflict when it was decided."""
        asked = await self.get(graph, id, me=by)
        if asked.asker.id != by.id:
            raise no_such_request(id)

        def work(connection: Connection) -> set[str]:
            if not store.withdraw(connection, graph, id):
                raise decided_already(asked)
            told = self._inbox.take_back(connection, graph, "", kind="access.asked", by=by.id)
            self._note(connection, "request.withdrawn", asked, by)
            return told

        self._inbox.tell(await self._database.write(work, alone=True))
        self._wake(id)

    # Looking

    async def page(
        self, graph: str, *, me: Identity, state: RequestState | None, before: tuple[float, str] | None, limit: int
    ) -> list[RequestRow]:
        """The requests on a graph, the newest first: to its admins all of them, to others their own."""
        mine = None if me.may("admin") else me.id
        return await self._database.read(
            lambda connection: store.page(connection, graph, person=mine, state=state, before=before, limit=limit)
        )

    async def get(self, graph: str, id: str, *, me: Identity) -> RequestRow:
        """One request: for who asked and for the graph's admins. Raises NotFound."""
        found = await self._database.read(lambda connection: store.find(connection, graph, id))
        if found is None or (found.asker.id != me.id and not me.may("admin")):
            raise no_such_request(id)
        return found

    async def decided(self, graph: str, id: str, *, me: Identity, within: float) -> RequestRow:
        """The request once it is decided, or as it stands after so many seconds. Raises as `get`, and RateLimited."""
        loop = asyncio.get_running_loop()
        until = loop.time() + within
        with self._listening(id, me) as changed:
            found = await self.get(graph, id, me=me)
            while found.state == "open" and loop.time() < until and not self._inbox.is_closed:
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(LOOK_SECONDS, until - loop.time())):
                        await changed.wait()
                changed.clear()
                found = await self.get(graph, id, me=me)
            return found

    # Deciding

    async def decide(self, graph: str, id: str, decision: Decision, *, by: Identity) -> RequestRow:
        """Grant or decline. A grant takes nothing away. Raises NotFound, Conflict when it was decided."""
        now = time.time()
        asked = await self.get(graph, id, me=by)

        def work(connection: Connection) -> tuple[RequestRow, tuple[str, ...], set[str]]:
            admin_still(connection, by, graph)
            done = store.decide(connection, graph, id, given=decision.given, by=by.user(), note=decision.note, now=now)
            if done is None:
                raise decided_already(asked)
            given = () if done.given is None else _give(connection, done, done.given, by=by.id, now=now)
            told = self._answer(connection, done, by.user())
            kind, asker = "grant.changed" if done.given else "request.declined", done.asker
            self._note(connection, kind, done, by, person=asker.id, name=asker.name, role=done.given or done.role)
            return done, given, told

        done, given, told = await self._database.write(work, alone=True)
        if given:
            await self._attendance.changed(Recheck(people=given))
        self._inbox.tell(told)
        self._wake(done.id)
        return done

    async def met(self, *, by: User, people: Collection[str] | None = None, graph: str | None = None) -> None:
        """Call granted what was asked for and is there by now without a decision: by a role given unasked, a link, an
        invitation, or the role in the workspace. Nothing is given with that: what they have ends as it would.
        """
        now = time.time()

        def work(connection: Connection) -> list[tuple[RequestRow, set[str]]]:
            open_ones = store.open_ones(connection, people=people, graph=graph)
            askers = store.askers(connection, {asked.asker.id for asked in open_ones}, now=now)
            there = [(askers[asked.asker.id], asked) for asked in open_ones if asked.asker.id in askers]
            facts = self._sharing.facts(connection, [(who, asked.graph) for who, asked in there])
            roles = [with_role(who, known) for (who, _), known in zip(there, facts, strict=True)]
            met = [(one, has.role) for (_, one), has in zip(there, roles, strict=True) if has and has.may(one.role)]
            done = [store.decide(connection, one.graph, one.id, given=has, by=by, note="", now=now) for one, has in met]
            return [(one, self._answer(connection, one, by)) for one in done if one is not None]

        if await self._database.read(lambda c: store.open_ones(c, people=people, graph=graph)):
            for done, told in await self._database.write(work):
                self._inbox.tell(told)
                self._wake(done.id)

    def _answer(self, connection: Connection, done: RequestRow, by: User) -> set[str]:
        """Store what the other admins and who asked are told of a decision; who they are."""
        settled = self._inbox.settle(connection, done.graph, kind="access.asked", by=done.asker.id)
        kind: NoticeKind = "access.granted" if done.given else "access.declined"
        told = AccessNotice(done.asker.id, kind, by, done.decided_at or done.at, done.given or done.role, done.note)
        return settled | self._inbox.add(connection, done.graph, [told] if done.asker.id != by.id else [])

    def _note(self, connection: Connection, kind: str, about: RequestRow, by: Identity, **facts: object) -> None:
        facts = {"request": about.id, **facts}
        self._happenings.note(connection, Happening(kind, by=by, graph=about.graph, facts=facts))

    # Waiting

    @contextmanager
    def _listening(self, id: str, me: Identity) -> Iterator[asyncio.Event]:
        if self._waiters[me.id] >= MAX_WAITING:
            raise RateLimited(f"You wait for {MAX_WAITING} decisions already.", retry_after=int(LOOK_SECONDS))
        changed = asyncio.Event()
        self._waiters[me.id] += 1
        self._waiting.setdefault(id, set()).add(changed)
        try:
            yield changed
        finally:
            self._waiters[me.id] -= 1
            if not self._waiters[me.id]:
                del self._waiters[me.id]
            self._waiting[id].discard(changed)
            if not self._waiting[id]:
                del self._waiting[id]

    def _wake(self, id: str) -> None:
        for changed in self._waiting.get(id, ()):
            changed.set()


def _give(connection: Connection, asked: RequestRow, role: Role, *, by: str, now: float) -> tuple[str, ...]:
    """Give what was asked for, in person, to who asked, and to whoever signed in with them if they are an API token."""
    everyone = access.with_visitors(connection, asked.asker.id)
    for one in everyone:
        had = store.given_in_person(connection, asked.graph, one)
        if not includes(had, role):
            access.give(connection, Grant(asked.graph, one, highest([had, role]) or role), by=by, now=now)
    return everyone


def _for_deciders(connection: Connection, asked: RequestRow) -> list[AccessNotice]:
    """What the graph's admins are told of a request. It is stored with it: nobody would ask twice to be heard."""
    deciders = {*store.admins(connection, asked.graph, now=asked.at), SIGN_IN.id} - {asked.asker.id}
    return [
        AccessNotice(person, "access.asked", asked.asker, asked.at, asked.role, asked.reason)
        for person in sorted(deciders)
    ]


def no_such_request(id: str) -> NotFound:
    """What is said of a request that isn't there, and of one that is not the caller's business: the same."""
    return NotFound(f"There is no request {id!r} on this graph; it may have been withdrawn.")


def decided_already(request: RequestRow) -> Conflict:
    """A request was decided before."""
    return Conflict("This request was decided or withdrawn already.", expected="an open request", received=request.id)
