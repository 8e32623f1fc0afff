"""Redis paused, restarted, flushed and cut off: a delay, never a loss of what can't be found elsewhere (FAN-17)."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis as Client

from collab_server import metrics
from collab_server.fanout import outbox as outboxes
from collab_server.fanout.line import Line
from collab_server.fanout.outbox import Outbox
from collab_server.fanout.port import Edited, Recheck
from collab_server.fanout.redis import RedisFanout
from collab_server.stores.documents import DocumentKey
from tests.collab_server.fanout.workers import Ear, listening
from tests.collab_server.rooms.conftest import eventually
from tests.convergence.server import Address, Cable
from tests.services.process import free_port
from tests.services.redis import Redis, redis_cluster, redis_server

KEY = DocumentKey("graph", "g")


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[Redis]:
    with redis_server(tmp_path) as server:
        yield server


@asynccontextmanager
async def workers(*urls: str) -> AsyncIterator[list[Ear]]:
    """One worker for each address, all following one document."""
    async with AsyncExitStack() as stack:
        ears = []
        for url in urls:
            fanout = await stack.enter_async_context(RedisFanout(url))
            ear = await stack.enter_async_context(listening(fanout))
            await ear.follow(KEY)
            ears.append(ear)
        yield ears


def edit(ear: Ear, last: int) -> Edited:
    return Edited(ear.fanout.worker, KEY, 1, last, last, b"u")


async def heard_after(one: Ear, two: Ear, numbers: range) -> None:
    """The bus works again: something that is said now is heard."""
    for last in numbers:
        one.fanout.publish(edit(one, last))
        try:
            async with asyncio.timeout(0.5):
                await two.hears(edit(one, last))
        except TimeoutError:
            continue
        return
    raise AssertionError("the bus does not work again")


async def test_a_redis_that_is_restarted_is_heard_again_and_that_is_told(own_redis: Redis) -> None:
    async with workers(own_redis.url, own_redis.url) as (one, two):
        own_redis.server.kill()
        await eventually(lambda: one.fanout.trouble and two.fanout.trouble)
        order = Recheck(one.fanout.worker, ("s",), (), None)
        one.fanout.publish(order)
        times = two.tuned.count(KEY)
        await asyncio.to_thread(own_redis.server.start)
        await eventually(lambda: two.tuned.count(KEY) > times)
        await eventually(lambda: one.fanout.trouble is None)
        await heard_after(one, two, range(1, 20))
        assert one.heard[0] == order


async def test_a_redis_that_is_flushed_forgets_nothing_of_ours(own_redis: Redis) -> None:
    async with workers(own_redis.url, own_redis.url) as (one, two):
        await asyncio.to_thread(own_redis.flush)
        one.fanout.publish(edit(one, 1))
        await two.hears(edit(one, 1))


async def test_a_redis_that_is_paused_delays_nobody_here(own_redis: Redis) -> None:
    async with workers(own_redis.url, own_redis.url) as (one, two):
        own_redis.server.pause()
        for last in range(1, 1001):
            one.fanout.publish(edit(one, last))
        assert len(one.heard) == 1000
        assert await one.fanout.others(KEY) == 0
        await eventually(lambda: two.fanout.trouble is not None)
        own_redis.server.go_on()
        await eventually(lambda: two.fanout.trouble is None)
        await heard_after(one, two, range(1001, 1020))


async def test_a_worker_that_is_cut_off_comes_back_by_itself(own_redis: Redis) -> None:
    cable = Cable(Address("127.0.0.1", own_redis.port))
    async with cable.plugged() as far, workers(own_redis.url, f"redis://{far.host}:{far.port}/0") as (one, two):
        times = two.tuned.count(KEY)
        cable.cut()
        await eventually(lambda: two.tuned.count(KEY) > times)
        await heard_after(one, two, range(1, 20))


class BreaksOnce(Client):
    """A client whose connection breaks under it, the first time, as uvloop tells it."""

    breaks = 1

    async def info(self, *sections: str) -> Any:  # type: ignore[override] # asynchronous, as upstream's is
        if self.breaks:
            self.breaks -= 1
            raise RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed")
        return await super().info(*sections)


async def test_a_connection_that_breaks_while_it_is_written_to_is_made_again(own_redis: Redis) -> None:
    heard: list[str] = []
    client = BreaksOnce.from_url(own_redis.url, protocol=2)
    line = Line(client, hear=lambda data: None, tuned=heard.extend)
    line.follow("channel")
    running = asyncio.create_task(line.run())
    await eventually(lambda: heard == ["channel"] or running.done())
    assert heard == ["channel"] and isinstance(client, BreaksOnce) and client.breaks == 0
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await client.aclose()


async def test_a_worker_begins_without_redis(tmp_path: Path) -> None:
    async with RedisFanout(f"redis://127.0.0.1:{free_port()}/0") as fanout, listening(fanout) as ear:
        fanout.follow(KEY)
        fanout.publish(edit(ear, 1))
        assert ear.heard == [edit(ear, 1)]
        await eventually(lambda: fanout.trouble is not None and "not connected yet" not in fanout.trouble)
        assert await fanout.others(KEY) == 0


async def test_workers_at_two_nodes_of_a_cluster_hear_each_other(tmp_path: Path) -> None:
    """FAN-1"""
    with redis_cluster(tmp_path) as nodes:
        async with workers(nodes[0].url, nodes[1].url) as (one, two):
            for number, key in enumerate(DocumentKey("graph", f"g{at}") for at in range(5)):
                await two.follow(key)
                message = Edited(one.fanout.worker, key, 1, number, number, b"u")
                one.fanout.publish(message)
                await two.hears(message)


def test_what_waits_for_redis_is_bounded_and_orders_are_kept() -> None:
    outbox = Outbox(limit=1000)
    outbox.put(Recheck("w", ("s",), (), None), "all", b"order")
    for last in range(100):
        outbox.put(Edited("w", KEY, 1, last, last, None), "g", bytes([last]) * 100)
    taken = outbox.take()
    assert taken[0].data == b"order"
    assert [parcel.data[0] for parcel in taken[1:]] == list(range(90, 100))
    assert outbox.dropped == 90
    outbox.put_back(taken)
    assert outbox.take() == taken
    assert not outbox.take()


def test_orders_are_bounded_too_and_the_newest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """FAN-17: what is dropped is counted, whether it waits for the first time or could not be sent."""
    monkeypatch.setattr(outboxes, "MAX_ORDERS", 3)
    before = metrics.BUS_DROPPED._value.get()
    outbox = Outbox()
    for number in range(4):
        outbox.put(Recheck("w", ("s",), (), None), "all", bytes([number]))
    assert outbox.dropped == 1
    taken = outbox.take()
    assert [parcel.data[0] for parcel in taken] == [1, 2, 3]
    outbox.put(Recheck("w", ("s",), (), None), "all", bytes([4]))
    outbox.put_back(taken)
    assert [parcel.data[0] for parcel in outbox.take()] == [2, 3, 4]
    assert outbox.dropped == metrics.BUS_DROPPED._value.get() - before == 2


async def test_bytes_that_are_no_message_make_nobody_deaf(redis: Redis) -> None:
    """FAN-3."""
    async with workers(redis.url, redis.url) as (one, two):
        stranger: Any  # untyped upstream
        async with Client.from_url(redis.url) as stranger:
            for verb in ("PUBLISH", "SPUBLISH"):
                for data in (b'["Edited",[],true]\n', b'["Gone",{"worker":[]},false]\n', b"\xff"):
                    await stranger.execute_command(verb, "flowroom:{graph:g}", data)
        one.fanout.publish(edit(one, 1))
        await two.hears(edit(one, 1))
        assert two.fanout.trouble is None


async def test_a_defect_in_what_hears_makes_nobody_deaf_and_is_told_as_trouble(redis: Redis) -> None:
    """FAN-3."""
    async with RedisFanout(redis.url) as fanout, workers(redis.url) as (other,):
        is_broken, ear = True, Ear(fanout)

        def tuned(_keys: object) -> None:
            if is_broken:
                raise AttributeError("something nobody thought of")

        with fanout.listen(ear.hear, tuned):
            fanout.follow(KEY)
            await eventually(lambda: fanout.trouble == "AttributeError: something nobody thought of")
            is_broken = False
            await eventually(lambda: fanout.trouble is None)
            await heard_after(other, ear, range(1, 20))
