"""A server looks for garbage at little and often, and for as long as its loop runs by itself only."""

import asyncio
import gc
import platform
import sys
import weakref

import psutil
import pytest

from flowroom import collector
from tests.collab_server.rooms.conftest import eventually


class Circle:
    """Something that only a look for garbage finds."""

    def __init__(self) -> None:
        self.me = self


def test_what_is_new_is_looked_at_within_a_moment_and_python_looks_by_itself_no_more() -> None:
    async def serve() -> None:
        collector.tend()
        await asyncio.sleep(0)
        assert not gc.isenabled()
        new = weakref.ref(Circle())
        await eventually(lambda: new() is None)

    asyncio.run(serve())
    assert gc.isenabled()


def test_what_is_there_since_lately_is_looked_at_when_more_is_in_use() -> None:
    async def serve() -> None:
        collector.tend()
        await asyncio.sleep(0)  # the first look at all there is
        lately = Circle()
        gc.collect(0)  # it has outlived a look
        there = weakref.ref(lately)
        del lately
        more = [str(number) for number in range(2 * collector.STEP)]
        await eventually(lambda: there() is None)
        assert more

    asyncio.run(serve())


def test_what_was_there_for_longer_is_looked_at_when_much_more_is_in_use() -> None:
    async def serve() -> None:
        collector.tend()
        await asyncio.sleep(0)  # the first look at all there is
        old = Circle()
        gc.collect(1)  # as if it had been there for a while: looks at what is new, or there since lately, pass over it
        there = weakref.ref(old)
        del old
        await asyncio.sleep(3 * collector.LOOK_SECONDS)
        assert there() is not None
        many = int(sys.getallocatedblocks() * collector.GROWTH) + 2 * collector.LEAST_GROWTH
        much = [str(number) for number in range(many)]
        await eventually(lambda: there() is None)
        assert much

    asyncio.run(serve())


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries give back by themselves")
def test_what_was_freed_between_what_is_in_use_goes_back_to_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "GIVE_BACK_SECONDS", 0.01)
    process = psutil.Process()

    async def serve() -> None:
        held = [bytes(2_000) for _ in range(40_000)]  # 80 MB
        full = process.memory_info().rss
        del held[1:-1]
        collector.give_back()
        await eventually(lambda: process.memory_info().rss < full - 40 * 2**20)
        assert len(held) == 2

    asyncio.run(serve())
