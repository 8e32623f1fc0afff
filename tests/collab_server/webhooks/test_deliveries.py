"""Messages on their way to a real receiver, on SQLite and PostgreSQL."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from collab_server.activity.bursts import Done, Person, Row, gather, keys_of
from collab_server.activity.edits import Named, Told
from collab_server.auth.identity import Identity
from collab_server.auth.sealing import Seal
from collab_server.errors import Conflict, NotFound
from collab_server.happenings import Happenings
from collab_server.settings import Settings
from collab_server.stores import activity
from collab_server.stores import webhooks as store
from collab_server.stores.webhooks import Delivery, Hook, webhook, webhook_delivery
from collab_server.webhooks import messages, outbox
from collab_server.webhooks.deliveries import Deliveries
from collab_server.webhooks.hooks import Webhooks
from tests.collab_server.activity.conftest import Database
from tests.collab_server.activity.conftest import database as database
from tests.collab_server.webhooks.receiver import Receiver, plain, receiving

ADA = Identity("p-ada", "Ada", "#112233", "admin")
SEAL = Seal(["new key", "old key"])
DAY = 86_400.0


@dataclass
class House:
    """A database, and workers that send from its outbox."""

    database: Database
    settings: Settings
    workers: list[Deliveries]
    hooks: Webhooks

    def worker(self, **changed: Any) -> Deliveries:
        """One more worker, which sends when it is told to."""
        settings = self.settings.model_copy(update=changed)
        self.workers.append(Deliveries(self.database.engine, self.database.writer, settings, SEAL))
        return self.workers[-1]

    async def add(self, url: str, *events: str, graphs: tuple[str, ...] = ()) -> Hook:
        hook, _ = await self.hooks.add(url, events=events, graphs=graphs, description="", by=ADA)
        return hook

    def tell(self, *rows: Row) -> list[Row]:
        """Store rows as activity does."""

        def work(connection: Any) -> list[Row]:
            stored = activity.add(connection, rows)
            outbox.post(connection, stored, [])
            return stored

        return self.database.write(work)

    def deliveries(self) -> list[Delivery]:
        """All of them, in the order of their making."""
        query = select(webhook_delivery).order_by(webhook_delivery.c.created_at)
        return self.database.read(lambda c: [store._delivery(row) for row in c.execute(query)])

    def set(self, **values: Any) -> None:
        """Set columns of all deliveries: what time would do."""
        self.database.write(lambda c: c.execute(update(webhook_delivery).values(values)).close())

    def hook(self, id: str) -> Hook:
        found = self.database.read(lambda c: store.hook(c, id))
        assert found is not None
        return found


@pytest.fixture
async def house(database: Database) -> AsyncIterator[House]:
    settings = Settings(data=Path("unused"), webhook_allow=("127.0.0.1",), webhook_timeout_seconds=5)
    first = Deliveries(database.engine, database.writer, settings, SEAL)
    hooks = Webhooks(database.engine, database.writer, Happenings(), settings, SEAL, first)
    house = House(database, settings, [first], hooks)
    yield house
    for worker in house.workers:
        await worker.__aexit__()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def happening(kind: str = "run.finished", graph: str | None = "g1", **facts: Any) -> Row:
    return Row(kind, time.time(), Person("p-ada", "Ada"), graph, facts=facts)


async def test_what_is_wanted_is_sent_and_signed(house: House, receiver: Receiver) -> None:
    """HOOK-2, HOOK-3"""
    hook, secret = await house.hooks.add(
        receiver.url, events=("run.*", "graph.edited"), graphs=("g1",), description="", by=ADA
    )
    house.tell(happening(), happening("graph.exported"), happening(graph="g2"), happening(graph=None))
    house.tell(happening("node.added"))
    assert await house.workers[0].deliver_due() == 2

    assert sorted(receiver.types()) == ["node.added", "run.finished"]
    for got in receiver.got:
        timestamp = int(got.headers["webhook-timestamp"])
        assert abs(timestamp - time.time()) < 60
        expected = messages.signature(secret, got.id, timestamp, got.body)
        assert got.headers["webhook-signature"] == expected
        assert got.headers["content-type"] == "application/json"
    assert {one.state for one in house.deliveries()} == {"delivered"}
    assert (await house.hooks.deliveries(hook.id, before=None, limit=9))[0].status == 204


async def test_what_is_said_is_sent_at_once_and_without_what_was_deleted_before(
    house: House, receiver: Receiver
) -> None:
    """HOOK-3, TALK-5: a row that may lose its text does not wait as one does that may grow."""
    await house.add(receiver.url)
    said = replace(happening("comment.created", excerpt="hunter2"), until=time.time(), key="said in t")
    unsaid = [replace(row, facts={"excerpt": ""}) for row in house.tell(said)]
    house.database.write(lambda connection: activity.grow(connection, unsaid))
    assert await house.workers[0].deliver_due() == 1
    assert receiver.types() == ["comment.created"] and b"hunter2" not in receiver.got[0].body


async def test_a_secret_of_another_key_sends_nothing_and_says_so(house: House, receiver: Receiver) -> None:
    """HOOK-1"""
    await house.add(receiver.url)
    house.tell(happening())
    database = house.database
    stranger = Deliveries(database.engine, database.writer, house.settings, Seal(["another key"]))
    await stranger.deliver_due()
    assert receiver.got == [] and "FLOWROOM_SECRET_KEY" in house.deliveries()[0].error


async def test_a_failure_is_tried_again_with_the_same_id_and_body(house: House, receiver: Receiver) -> None:
    """HOOK-5"""
    hook = await house.add(receiver.url)
    receiver.answers = [plain(500, "oh no " * 900), plain(429, retry_after="1000")]
    house.tell(happening())
    worker = house.workers[0]
    before = time.time()
    await worker.deliver_due()
    (failed,) = house.deliveries()
    assert (failed.state, failed.attempts, failed.status) == ("waiting", 1, 500)
    assert failed.answer == ("oh no " * 900)[:1000] and failed.error == "The receiver answered 500."
    assert before + 3 < failed.due < time.time() + 7
    assert await worker.deliver_due() == 0, "it is not due yet"
    assert house.hook(hook.id).failing_since is not None

    house.set(due=0.0)
    await worker.deliver_due()
    assert 990 < house.deliveries()[0].due - time.time() < 1010
    house.set(due=0.0)
    await worker.deliver_due()

    assert house.deliveries()[0].state == "delivered" and house.hook(hook.id).failing_since is None
    assert len({got.id for got in receiver.got}) == 1 and len({got.body for got in receiver.got}) == 1


async def test_whatever_a_receiver_asks_for_an_attempt_is_noted(house: House, receiver: Receiver) -> None:
    """HOOK-5: else it would be sent again for ever, and its webhook never switched off."""
    hook = await house.add(receiver.url)
    receiver.answers = [plain(500, retry_after="Mon, 01 Jan 99999999999 00:00:00 GMT")]
    house.tell(happening())
    await house.workers[0].deliver_due()
    (failed,) = house.deliveries()
    assert (failed.state, failed.attempts, failed.status) == ("waiting", 1, 500)
    assert house.hook(hook.id).failing_since is not None


async def test_an_address_that_no_name_server_could_know_is_a_failure(house: House) -> None:
    """HOOK-6: one that was taken by a version that did not look at it so closely."""
    hook = await house.add("https://example.org/")
    house.database.write(lambda connection: connection.execute(update(webhook).values(url="https://xn--a/")))
    house.tell(happening())
    await house.workers[0].deliver_due()
    (failed,) = house.deliveries()
    assert (failed.webhook, failed.state, failed.status) == (hook.id, "waiting", None)
    assert "Codepoint" in failed.error


async def test_a_day_later_it_is_given_up_and_may_be_sent_again_by_hand(house: House, receiver: Receiver) -> None:
    """HOOK-5"""
    hook = await house.add(receiver.url)
    receiver.answers = [plain(500)]
    house.tell(happening())
    house.set(since=time.time() - DAY, due=0.0)
    await house.workers[0].deliver_due()
    (given_up,) = house.deliveries()
    assert given_up.state == "failed" and given_up.done_at is not None

    again = await house.hooks.retry(hook.id, given_up.id)
    assert (again.state, again.attempts) == ("waiting", 0)
    await house.workers[0].deliver_due()
    assert house.deliveries()[0].state == "delivered" and len({got.id for got in receiver.got}) == 1
    with pytest.raises(NotFound):
        await house.hooks.retry(hook.id, "msg_unknown")
    await house.hooks.change(hook.id, {"enabled": False}, by=ADA)
    with pytest.raises(Conflict):
        await house.hooks.retry(hook.id, given_up.id)


async def test_a_redirect_is_a_failure_and_not_followed(house: House, receiver: Receiver) -> None:
    """HOOK-6"""
    await house.add(receiver.url)
    receiver.answers = [plain(302, location=f"http://127.0.0.1:{receiver.port}/elsewhere")]
    house.tell(happening())
    await house.workers[0].deliver_due()
    assert [got.path for got in receiver.got] == ["/hook"]
    assert house.deliveries()[0].status == 302 and house.deliveries()[0].state == "waiting"


async def test_nobody_there_is_a_failure(house: House) -> None:
    """HOOK-6: a receiver that was killed, and comes back on the same port."""
    with receiving() as receiver:
        await house.add(receiver.url)
    house.tell(happening())
    await house.workers[0].deliver_due()
    assert house.deliveries()[0].status is None and "ConnectError" in house.deliveries()[0].error
    house.set(due=0.0)
    with receiving(receiver.port) as back:
        await house.workers[0].deliver_due()
        assert back.types() == ["run.finished"]


async def test_private_addresses_are_refused_when_their_name_is_resolved(house: House, receiver: Receiver) -> None:
    """HOOK-7: a name is checked at each attempt, whatever it was called when it was added."""
    hook = await house.add(receiver.url)
    house.database.write(
        lambda c: c.execute(update(webhook).values(url=f"http://localhost:{receiver.port}/hook")).close()
    )
    house.tell(happening())
    await house.workers[0].deliver_due()
    assert receiver.types() == ["run.finished"], "127.0.0.1 is allowed, by whatever name"
    strict = house.worker(webhook_allow=())
    house.tell(happening())
    await strict.deliver_due()
    assert len(receiver.got) == 1
    assert "not on the public internet" in house.deliveries()[-1].error and hook.enabled


async def test_several_workers_send_each_message_once(house: House, receiver: Receiver) -> None:
    """HOOK-3"""
    await house.add(receiver.url)
    workers = [house.worker() for _ in range(3)]
    for _ in range(30):
        house.tell(happening())
    while any([await one for one in asyncio.as_completed([worker.deliver_due() for worker in workers])]):
        pass
    assert len(receiver.got) == 30 and len({got.id for got in receiver.got}) == 30


async def test_what_a_dead_worker_had_claimed_is_sent_when_its_lease_has_run_out(
    house: House, receiver: Receiver
) -> None:
    """HOOK-3"""
    await house.add(receiver.url)
    house.tell(happening())
    (claimed,) = await house.workers[0]._claim(5)
    other = house.worker()
    assert await other.deliver_due() == 0
    house.set(lease_until=time.time() - 1)
    assert await other.deliver_due() == 1
    await house.workers[0].attempt(claimed)  # it was not dead, but slow: what it says now counts no more
    assert [got.id for got in receiver.got] == [claimed.delivery.id] * 2
    assert house.deliveries()[0].state == "delivered" and house.deliveries()[0].attempts == 2


async def test_days_of_failure_switch_a_webhook_off_and_that_is_told(house: House, receiver: Receiver) -> None:
    """HOOK-8"""
    hook = await house.add(receiver.url, "run.*")
    watching = await house.add(receiver.url, "webhook.disabled")
    receiver.answers = [plain(500), plain(500)]  # a success, though stored first, would begin the days anew
    house.tell(happening(), happening())
    house.database.write(lambda c: c.execute(update(webhook).values(failing_since=time.time() - 6 * DAY)).close())
    await house.workers[0].deliver_due()

    off = house.hook(hook.id)
    assert not off.enabled and "5 days" in off.disabled_why
    assert {one.state for one in house.deliveries() if one.webhook == hook.id} == {"failed"}
    await house.workers[0].deliver_due()
    assert receiver.got[-1].message["data"]["facts"]["host"] == "127.0.0.1"
    assert house.hook(watching.id).enabled
    on = await house.hooks.change(hook.id, {"enabled": True}, by=ADA)
    assert on.enabled and on.disabled_why == "" and on.failing_since is None


async def test_a_receiver_that_is_gone_is_told_nothing_more(house: House, receiver: Receiver) -> None:
    """HOOK-8"""
    hook = await house.add(receiver.url)
    receiver.answers = [plain(410)]
    house.tell(happening())
    await house.workers[0].deliver_due()
    assert not house.hook(hook.id).enabled and house.deliveries()[0].state == "failed"
    house.tell(happening())
    assert len(house.deliveries()) == 1


async def test_what_an_address_says_that_a_webhook_had_before_is_not_about_the_new_one(
    house: House, receiver: Receiver
) -> None:
    """HOOK-8: it is moved while a message is on its way, which then goes to the new address."""
    hook = await house.add(f"{receiver.url}/old")
    receiver.answers = [plain(410)]
    house.tell(happening())
    (attempt,) = await house.workers[0]._claim(1)
    await house.hooks.change(hook.id, {"url": f"{receiver.url}/new"}, by=ADA)
    await house.workers[0].attempt(attempt)

    assert house.hook(hook.id).enabled and house.hook(hook.id).failing_since is None
    assert await house.workers[0].deliver_due() == 1
    assert [got.path for got in receiver.got] == ["/hook/old", "/hook/new"]
    assert house.deliveries()[0].state == "delivered"


async def test_a_row_is_sent_when_it_has_stopped_growing_and_stays_as_it_was_sent(
    house: House, receiver: Receiver
) -> None:
    """HOOK-4"""
    await house.add(receiver.url)
    now = time.time()
    person = Person("p-ada", "Ada")

    def touch(n: int, at: float) -> None:
        told = Told("node.changed", (Named("a", "A"),), "params.n", n - 1, n)

        def work(connection: Any) -> None:
            done = [Done(person, at, [told], "g1", "")]
            found = gather(activity.growing(connection, "g1", keys_of(done), at), done)
            grown = list(found.grown.values())
            activity.grow(connection, grown)
            outbox.post(connection, activity.add(connection, found.new), grown)

        house.database.write(work)

    touch(1, now - 90)
    touch(2, now - 50)
    assert await house.workers[0].deliver_due() == 0, "it may still grow"
    house.set(due=0.0)
    await house.workers[0].deliver_due()
    touch(3, now)

    assert [got.message["data"]["facts"]["after"] for got in receiver.got] == [2]
    rows = house.database.read(lambda c: activity.page(c, activity.Wanted(), before=None, limit=9))
    assert [(row.facts["before"], row.facts["after"], row.count) for row in rows] == [(2, 3, 1), (0, 2, 2)]


async def test_a_ping_is_sent_once_and_its_answer_shown(house: House, receiver: Receiver) -> None:
    hook = await house.add(receiver.url, "run.*")
    receiver.answers = [plain(500, "broken")]
    failed = await house.hooks.test(hook.id, by=ADA)
    assert (failed.state, failed.status, failed.answer, failed.kind) == ("failed", 500, "broken", "webhook.ping")
    await house.hooks.change(hook.id, {"enabled": False}, by=ADA)
    assert (await house.hooks.test(hook.id, by=ADA)).state == "delivered"
    assert receiver.types() == ["webhook.ping"] * 2


async def test_deliveries_are_paged_and_forgotten(house: House, receiver: Receiver) -> None:
    hook = await house.add(receiver.url)
    for _ in range(5):
        house.tell(happening())
    await house.workers[0].deliver_due()
    seen: list[str] = []
    before: tuple[float, str] | None = None
    while page := await house.hooks.deliveries(hook.id, before=before, limit=2):
        seen += [one.id for one in page]
        before = page[-1].created_at, page[-1].id
    assert len(seen) == 5 == len(set(seen))
    waiting = [one.id for one in house.deliveries() if one.state == "waiting"]
    assert house.database.write(lambda c: store.forget(c, time.time() + 1, 9)) == 5 - len(waiting)
    assert [one.id for one in house.deliveries()] == waiting


async def test_a_row_that_was_deleted_meanwhile_is_not_sent(house: House, receiver: Receiver) -> None:
    await house.add(receiver.url)
    (row,) = house.tell(happening())
    house.database.write(lambda c: activity.forget(c, row.at + 10, 10))
    assert await house.workers[0].deliver_due() == 0
    assert house.deliveries() == [] and receiver.got == []


async def test_there_are_only_so_many_webhooks(house: House, receiver: Receiver) -> None:
    few = house.settings.model_copy(update={"max_webhooks": 1})
    hooks = Webhooks(house.database.engine, house.database.writer, Happenings(), few, SEAL, house.workers[0])
    hook, _ = await hooks.add(receiver.url, events=(), graphs=(), description="", by=ADA)
    with pytest.raises(Conflict):
        await hooks.add(receiver.url, events=(), graphs=(), description="", by=ADA)
    removed = await hooks.remove(hook.id, by=ADA)
    assert replace(removed, secret="") == replace(hook, secret="")
    with pytest.raises(NotFound):
        await hooks.get(hook.id)
