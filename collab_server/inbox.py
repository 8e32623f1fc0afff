"""What each person was told, kept until they have read it, and told at once to those who are listening.

Listeners of this process are woken by what is put in or read here, and over the bus by what is at other workers. What
the bus did not bring is found by looking every few seconds, while anybody listens. Whether someone may still see a
graph is asked whenever they look.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from collab_server.auth.identity import Identity
from collab_server.errors import NotReady, RateLimited
from collab_server.fanout.port import Fanout, Message, Noticed
from collab_server.logging import logger
from collab_server.notifications import EXCERPT_CHARS, AccessNotice, Notice, excerpt, storable
from collab_server.stores import inbox as store
from collab_server.stores.database import Database
from collab_server.stores.documents import DocumentKey
from flowroom.discussion import Marks, Notification
from flowroom.presence import User

log = logger("inbox")

LOOK_SECONDS = 5.0
"""How long something may go unnoticed that another worker put in and the bus lost."""
LATE_IDS = 100
"""Ids are given before they are committed: so many older ones may still appear."""
MAX_LISTENERS = 20
"""Of one person in one process: a browser's tabs, and some more."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was found by looking: the newest id of all, and how much whoever listens here has not read."""

    newest: int
    unread: Mapping[str, int]

    def changed(self, before: "Look | None") -> set[str]:
        """Who has read something since, or may have: whoever was not looked for then is one of them."""
        return {person for person, count in self.unread.items() if before is None or before.unread.get(person) != count}


Reach = Callable[[Identity, Collection[str]], Awaitable[set[str]]]
"""Which of these graphs someone may read now."""
Existing = Callable[[Connection, Collection[str]], set[str]]
"""Those of these ids that are somebody's."""


class Inbox:
    """The notifications of a workspace."""

    def __init__(self, database: Database, fanout: Fanout, *, most: int, reach: Reach, existing: Existing) -> None:
        """`most` is how many each person keeps."""
        self._database = database
        self._fanout = fanout
        self._most = most
        self._reach = reach
        self._existing = existing
        self._listeners: dict[str, set[asyncio.Event]] = {}
        self._closed = False

    # Telling

    async def put(self, graph: str, notices: Sequence[Notice | AccessNotice]) -> None:
        """Tell people something that happened in a graph's discussion, or with the access to it."""
        if notices:
            self.tell(await self._database.write(lambda connection: self.add(connection, graph, notices)))

    def add(self, connection: Connection, graph: str, notices: Sequence[Notice | AccessNotice]) -> set[str]:
        """Store what people are told, in the transaction of what it tells of; who they are. Once that is committed,
        `tell` them. For an id that is nobody's nothing is stored: it would never be read, nor make place.
        """
        rows = self._rows(connection, graph, notices)
        if rows:
            store.put(connection, rows, most=self._most)
        return {row["person"] for row in rows}

    def tell(self, people: Collection[str]) -> None:
        """Something has changed for these people: wake whoever listens for them, at any worker."""
        self._wake(people)
        if people and not self._fanout.alone:
            self._fanout.publish(Noticed(self._fanout.worker, tuple(people)))

    async def put_once(self, graph: str, notices: Sequence[Notice]) -> None:
        """Tell people of one thing, whichever of them were not told of it; whatever other workers do meanwhile."""

        def work(connection: Connection) -> set[str]:
            rows = self._rows(connection, graph, notices)
            return store.put_once(connection, rows, most=self._most) if rows else set()

        if notices:
            self.tell(await self._database.write(work, locks=DocumentKey("discussion", graph).row))

    async def reword(self, graph: str, thread: str, message: str, text: str) -> None:
        """A message begins with something else now."""
        await self._database.write(lambda connection: store.reword(connection, graph, thread, message, text))

    async def forget(self, graph: str, thread: str, **of: str) -> None:
        """Take back what was told of a thread, or of a message or reaction in it."""
        self.tell(await self._database.write(lambda connection: self.take_back(connection, graph, thread, **of)))

    def take_back(self, connection: Connection, graph: str, thread: str, **of: str) -> set[str]:
        """The same in the transaction of what takes it back, as `add` does; whose it was."""
        return store.forget(connection, graph, thread, **of)

    async def forget_person(self, person: str) -> None:
        """Forget what somebody was told who is not here any more, and that they asked for a role."""
        self.tell(await self._database.write(lambda connection: store.forget_person(connection, person)))

    def settle(self, connection: Connection, graph: str, *, kind: str, by: str) -> set[str]:
        """What someone asked of several people is done in this transaction: it is read, whoever of them did it; whose
        it was. Once that is committed, `tell` them.
        """
        return store.settle(connection, graph, kind=kind, by=by, now=time.time())

    # Reading

    async def page(self, me: Identity, *, unread: bool, before: int | None, limit: int) -> list[Notification]:
        """What someone was told of graphs they may read, the newest first."""
        among = await self._reach(me, await self._database.read(lambda connection: store.graphs(connection, me.id)))
        rows = await self._database.read(
            lambda connection: store.page(connection, me.id, among, unread=unread, before=before, limit=limit)
        )
        return [_notification(row) for row in rows]

    async def unread(self, me: Identity) -> int:
        """How much of it is unread."""
        counts = await self._database.read(lambda connection: store.graphs(connection, me.id))
        return sum(counts[graph] for graph in await self._reach(me, counts))

    async def read(self, me: Identity, ids: Iterable[int] | None) -> None:
        """Call some of it read, or all."""
        await self._database.write(lambda c: store.read(c, me.id, ids, now=time.time()), locks=_of(me))
        self.tell({me.id})

    async def marks(self, me: Identity, graph: str) -> Marks:
        """How far someone has read in a graph's discussion."""
        return await self._database.read(lambda connection: store.marks(connection, me.id, graph))

    async def mark(self, me: Identity, graph: str, seen: Mapping[str, float], said: store.Said = store.NOTHING) -> None:
        """Remember how far someone has read of what was `said` there; what they were told of it is read, too."""
        now = time.time()
        await self._database.write(lambda c: store.mark(c, me.id, graph, seen, said=said, now=now), locks=_of(me))
        self.tell({me.id})

    # Listening

    @contextmanager
    def listening(self, me: Identity) -> Iterator[asyncio.Event]:
        """An event that is set whenever someone's notifications may have changed, and when the server ends.

        Raises as `require_room`.
        """
        self.require_room(me)
        mine = self._listeners.setdefault(me.id, set())
        changed = asyncio.Event()
        mine.add(changed)
        try:
            yield changed
        finally:
            mine.discard(changed)
            if not mine and self._listeners.get(me.id) is mine:
                del self._listeners[me.id]

    async def reach_changed(self, people: Collection[str], graph: str | None) -> None:
        """These people may read other graphs now, or others may read this one: whoever listens here looks again."""
        concerned = set(people)
        if graph is not None and self._listeners:
            concerned |= await self._database.read(lambda connection: store.told_of(connection, graph))
        self._wake(concerned)

    def require_room(self, me: Identity) -> None:
        """Raise RateLimited when someone listens often enough already, or NotReady when the server is ending."""
        if self._closed:
            raise NotReady("The server is shutting down; connect again in a moment.")
        if len(self._listeners.get(me.id, ())) >= MAX_LISTENERS:
            raise RateLimited(f"At most {MAX_LISTENERS} streams of one person are open at once.", retry_after=10)

    @property
    def is_closed(self) -> bool:
        """Whether the server is ending, and streams with it."""
        return self._closed

    def close(self) -> None:
        """Let every listener know that the server is ending."""
        self._closed = True
        self._wake(set(self._listeners))

    async def watch(self) -> None:
        """Hear of what other workers have put in or read, and look for it, until cancelled."""
        before: Look | None = None
        with self._fanout.listen(self._hear, lambda _keys: None):
            while True:
                if self._listeners:
                    before = await self._look(before)
                await asyncio.sleep(LOOK_SECONDS)

    def _hear(self, message: Message) -> None:
        if isinstance(message, Noticed) and message.worker != self._fanout.worker:
            self._wake(message.people)

    async def _look(self, before: "Look | None") -> "Look | None":
        since = -1 if before is None else before.newest - LATE_IDS
        here = () if self._fanout.alone else tuple(self._listeners)

        def ask(connection: Connection) -> tuple[Look, set[str]]:
            newest, told = store.told_since(connection, since)
            return Look(newest, store.unread(connection, here)), told

        try:
            found, told = await self._database.read(ask)
        except SQLAlchemyError as error:  # that no connection was free is no DBAPIError
            log.warning("can't look for notifications", error=repr(error))
            return before
        if before is not None:
            self._wake(told)
        self._wake(found.changed(before))
        return found

    def _rows(
        self, connection: Connection, graph: str, notices: Sequence[Notice | AccessNotice]
    ) -> list[dict[str, Any]]:
        known = self._existing(connection, {notice.person for notice in notices})
        return [_row(graph, notice) for notice in notices if notice.person in known]

    def _wake(self, people: Iterable[str]) -> None:
        for person in people:
            for changed in self._listeners.get(person, ()):
                changed.set()


def _of(person: Identity) -> str:
    """What a work that changes what someone has read calls that."""
    return f"{person.id} read"


def _row(graph: str, notice: Notice | AccessNotice) -> dict[str, Any]:
    said = {
        "person": notice.person,
        "kind": notice.kind,
        "graph": graph,
        "by": notice.by.id,
        "author": notice.by.model_dump(mode="json"),
        "at": notice.at,
    }
    if isinstance(notice, AccessNotice):
        return {
            **said,
            "thread": "",
            "message": None,
            "quote": notice.role,
            "excerpt": storable(notice.said[:EXCERPT_CHARS]),
            "emoji": "",
        }
    return {
        **said,
        "thread": notice.thread.id,
        "message": notice.message.id if notice.message else None,
        "quote": storable(notice.thread.quote),
        "excerpt": excerpt(notice.message),
        "emoji": notice.emoji,
    }


def _notification(row: Any) -> Notification:
    fields = {name: getattr(row, name) for name in Notification.model_fields if name not in ("by", "graph_title")}
    return Notification(**fields, by=User.model_validate(row.author), graph_title=row.title)
