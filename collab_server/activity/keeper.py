"""The list of what was done: what is put into it, and the tasks that do so behind everyone's back.

`note` stores what somebody does in the transaction that does it, `keep` what they tell of before they go on: see
happenings.py. Edits and the ends of runs are told by teller.py and run_ends.py. Whatever is stored goes to `send` in
the same transaction: the outbox of webhooks.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Engine, select

from collab_server import runs as catalogue
from collab_server.activity.bursts import Row, Secret, masked, secrets_of, short
from collab_server.activity.edits import Named
from collab_server.activity.run_ends import RunEnds, cancel_key, is_told_as_cancelled
from collab_server.activity.sentences import EDITS
from collab_server.activity.teller import Send, Teller
from collab_server.activity.unsaid import ENDS, SAID, TAKES, key_of, thread_key, unsaid, without_text
from collab_server.happenings import Happening
from collab_server.logging import logger
from collab_server.rooms.tasks import Tasks
from collab_server.runs import GraphRuns
from collab_server.stores import activity as store
from collab_server.stores import ended_runs
from collab_server.stores.documents import DocumentKey
from collab_server.stores.names import person_of
from collab_server.stores.tables import document
from flowroom.writer import Writer

log = logger("activity")

FORGET_SECONDS = 3600.0
FORGET_AT_ONCE = 500
DAY = 86_400.0


class Activity:
    """What was done in one workspace. Use it as `async with`: it owns its tasks."""

    def __init__(self, engine: Engine, writer: Writer, runs: GraphRuns, *, days: float, send: Send) -> None:
        """`days` is how long rows are kept, 0 for ever; `send` takes each row in the transaction that stores it."""
        self.engine = engine
        self._writer, self._send, self._days = writer, send, days
        self.teller = Teller(engine, writer, send=send, secret=lambda: self._secret)
        self._ends = RunEnds(engine, writer, runs, add=self.add)
        self._tasks = Tasks("activity")

    async def __aenter__(self) -> "Activity":
        for work in (self.teller.run, self._ends.run, self._forget):
            self._tasks.start(work)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._tasks.wait_closed()
        self.teller.close()

    def edited(self, key: DocumentKey) -> None:
        """A document has something new in its log."""
        self.teller.edited(key)

    async def keep(self, happening: Happening) -> None:
        """Store what was done; it is durable when this returns."""
        await self._writer.write(lambda connection: self.note(connection, happening), alone=True)
        if happening.kind == "run.started":
            self._ends.started()

    def note(self, connection: Connection, happening: Happening) -> None:
        """Store what was done in this transaction."""
        if happening.kind in EDITS:
            return  # the log tells it, with what was there before
        if happening.is_due is not None:
            store.hold(connection)  # first: what others keep just now is seen by what is asked
            if not happening.is_due(connection):
                return
        row = _row(happening)
        run = row.facts.get("run")
        if row.kind == "run.started" and not ended_runs.note(connection, str(run), row.graph or "", row.by, row.at):
            return
        if row.kind == "run.cancelled" and is_told_as_cancelled(connection, row.graph or "", str(run)):
            return
        if row.kind == "comment.edited" and _is_told(connection, row):
            return
        self.add(connection, [row])
        if row.key and row.graph:
            _unsay(connection, row.graph, row.key)

    async def unsay(self, graph: str, thread: str, message: str | None = None) -> None:
        """Take the text of what is about to be deleted out of the list: a message's, or all that of a thread."""

        def work(connection: Connection) -> None:
            said = store.about(connection, graph, key_of(thread), SAID)
            store.grow(connection, without_text(row for row in said if message in (None, row.facts.get("message"))))

        await self._writer.write(work, alone=True)

    def add(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Store rows, each with what its graph is called now, and send them on."""
        titled = [_titled(connection, row) for row in rows]
        self._send(connection, store.add(connection, titled), [])

    @cached_property
    def _secret(self) -> Secret:
        return secrets_of(catalogue.node_types())

    async def _forget(self) -> None:
        """Delete what is older than it should be, a little at a time."""
        while True:
            try:
                await self.forget(time.time())
            except Exception as error:  # storage that refuses: there is no hurry
                log.warning("old activity not deleted yet", error=repr(error))
            await asyncio.sleep(FORGET_SECONDS)

    async def forget(self, now: float) -> int:
        """Delete the rows that are older than `days`; how many there were."""
        await self._writer.write(lambda connection: ended_runs.forget(connection, now - DAY))
        before, gone = now - self._days * DAY, 0
        while self._days:
            some = await self._writer.write(lambda connection: store.forget(connection, before, FORGET_AT_ONCE))
            gone += some
            if some < FORGET_AT_ONCE:
                break
        return gone


def _row(happening: Happening) -> Row:
    facts: dict[str, Any] = {key: short(masked(value)) for key, value in happening.facts.items() if value is not None}
    nodes = _nodes(happening.facts)
    by = person_of(happening.by)
    key = cancel_key(facts["run"]) if happening.kind == "run.cancelled" else thread_key(happening.kind, facts)
    return Row(happening.kind, happening.at, by, happening.graph, nodes=nodes, facts=facts, key=key)


def _unsay(connection: Connection, graph: str, key: str) -> None:
    """Take text that was deleted or replaced out of a thread's rows. Whoever follows is told, as if they had grown."""
    if store.about(connection, graph, key, TAKES):  # in most threads nothing ever was
        store.grow(connection, unsaid(store.about(connection, graph, key, SAID | ENDS)))


def _is_told(connection: Connection, edit: Row) -> bool:
    """Whether the list has an edit of a comment: one that is asked for again, elsewhere, is noted twice."""
    told = store.about(connection, edit.graph or "", edit.key, [edit.kind])
    return any(all(row.facts.get(what) == edit.facts.get(what) for what in ("message", "editedAt")) for row in told)


def _nodes(facts: Mapping[str, Any]) -> tuple[Named, ...]:
    """The node that something is about: one it names, or where its discussion is pinned."""
    anchor = facts.get("anchor")
    node = facts.get("node") or (anchor.get("node") if isinstance(anchor, dict) else None)
    return (Named(str(node), str(facts.get("nodeName") or facts.get("quote") or node)),) if node else ()


def _titled(connection: Connection, row: Row) -> Row:
    if row.graph is None or row.title:
        return row
    query = select(document.c.title).where(document.c.kind == "graph", document.c.id == row.graph)
    return replace(row, title=connection.scalar(query) or "")
