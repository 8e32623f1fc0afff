"""One receiver is slow, or has much waiting: what others have to do with it. On SQLite and PostgreSQL."""

import time
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import Connection, event, func, select, text

from collab_server.errors import Conflict
from collab_server.stores.webhooks import webhook_delivery
from collab_server.webhooks import deliveries
from collab_server.webhooks.deliveries import MAX_AT_ONCE, MAX_OF_ONE
from tests.collab_server.activity.conftest import Database
from tests.collab_server.activity.conftest import database as database
from tests.collab_server.rooms.conftest import eventually
from tests.collab_server.webhooks.receiver import Receiver
from tests.collab_server.webhooks.test_deliveries import House, happening
from tests.collab_server.webhooks.test_deliveries import house as house
from tests.collab_server.webhooks.test_deliveries import receiver as receiver


async def test_a_receiver_that_stalls_is_given_up_and_delays_no_other(house: House, receiver: Receiver) -> None:
    """HOOK-6, HOOK-9: more than there are hands for stall, and still the other gets all of its own."""
    slow = await house.add(f"http://127.0.0.1:{receiver.port}/slow", "run.started")
    await house.add(receiver.url, "run.finished")
    receiver.stalled.add("/slow")
    house.tell(*(happening("run.started") for _ in range(40)))
    house.tell(*(happening() for _ in range(40)))
    worker = house.worker(webhook_timeout_seconds=2)
    async with worker:
        await eventually(lambda: receiver.types().count("run.finished") == 40, seconds=30)
        await eventually(
            lambda: any("No whole answer within 2 s" in one.error for one in house.deliveries()), seconds=30
        )
    sent = [one for one in house.deliveries() if one.webhook == slow.id and one.attempts]
    assert sent and all(one.state == "waiting" for one in sent)


async def claimed(house: House, busy: Mapping[str, int] | None = None, *, limit: int = MAX_AT_ONCE) -> list[str]:
    """The webhooks of what a worker claims that has so many of each under way."""
    worker = house.worker()
    worker._busy.update(busy or {})
    return [attempt.hook.id for attempt in await worker._claim(limit)]


async def test_a_backlog_of_one_keeps_no_other_waiting(house: House, receiver: Receiver) -> None:
    """HOOK-9: however much older it is, and whether or not that receiver may be sent more just now."""
    slow = await house.add(receiver.url, graphs=("slow",))
    house.tell(*(happening(graph="slow") for _ in range(300)))
    quick = await house.add(receiver.url, graphs=("quick",))
    house.tell(happening(graph="quick"))

    found = await claimed(house, {slow.id: 1})

    assert sorted(found) == sorted([slow.id] * (MAX_OF_ONE - 1) + [quick.id])
    assert await claimed(house, {slow.id: MAX_OF_ONE}) == []


async def test_backlogs_of_many_share_the_hands_that_are_free_with_what_is_new(
    house: House, receiver: Receiver
) -> None:
    """HOOK-9: whoever has least under way comes first, and then the oldest."""
    hooks = [await house.add(receiver.url, graphs=(f"g{n}",)) for n in range(5)]
    house.tell(*(happening(graph=f"g{n}") for n in range(5) for _ in range(10)))
    new = await house.add(receiver.url, graphs=("new",))
    house.tell(happening(graph="new"))
    busy = {hook.id: MAX_OF_ONE - 1 for hook in hooks}

    assert await claimed(house, busy, limit=1) == [new.id]
    assert len(await claimed(house, busy)) == len(hooks)


async def test_what_is_due_is_found_by_an_index(house: House, receiver: Receiver) -> None:
    """HOOK-9: a claim is a write, and others wait for it."""
    await house.add(receiver.url)
    asked: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        asked.append((statement, parameters))

    house.tell(*(happening() for _ in range(300)))
    event.listen(house.database.engine, "before_cursor_execute", note)
    assert len(await claimed(house)) == MAX_OF_ONE
    event.remove(house.database.engine, "before_cursor_execute", note)
    (oldest,) = [one for one in asked if "ORDER BY webhook_delivery.due" in one[0]]
    assert "ix_webhook_delivery_" in plan(house.database, *oldest), "which of them is for PostgreSQL to choose"


async def test_what_is_being_sent_is_not_sent_again_by_hand(house: House, receiver: Receiver) -> None:
    """HOOK-3: it would arrive twice, though nothing has failed. Once its lease has run out, it may be."""
    hook = await house.add(receiver.url)
    house.tell(happening())
    first, second = house.workers[0], house.worker()
    (attempt,) = await first._claim(1)
    with pytest.raises(Conflict, match="being sent"):
        await house.hooks.retry(hook.id, attempt.delivery.id)
    assert await second.deliver_due() == 0

    house.set(lease_until=time.time() - 1)
    await house.hooks.retry(hook.id, attempt.delivery.id)
    await first.attempt(attempt)  # it was slow: whoever sends it again says how that went
    assert house.deliveries()[0].state == "waiting"
    assert await second.deliver_due() == 1
    await house.hooks.retry(hook.id, attempt.delivery.id)


async def test_what_is_old_is_forgotten_a_little_at_once(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HOOK-9: after days without a receiver there may be much of it, and edits are stored in between."""
    await house.add(receiver.url)
    house.tell(*(happening() for _ in range(5)))
    house.set(state="failed")
    monkeypatch.setattr(deliveries, "FORGET_AT_ONCE", 2)
    left: list[int] = []

    @event.listens_for(house.database.engine, "commit")
    def _count(connection: Connection) -> None:
        left.append(connection.scalar(select(func.count()).select_from(webhook_delivery)) or 0)

    await house.workers[0].forget(time.time() + 1)

    assert left == [3, 1, 0]


def plan(database: Database, statement: str, parameters: Any) -> str:
    """How a statement is done, where reading a whole table is the last resort."""

    def ask(connection: Connection) -> str:
        is_sqlite = connection.dialect.name == "sqlite"
        if not is_sqlite:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
        return str(connection.exec_driver_sql(explain + statement, parameters).all())

    return database.write(ask)
