"""Turns that are due later, on the event loop of tests and on that of engines."""

import asyncio
import sys

import pytest

from engine.alarms import Alarms, Turn


async def rung() -> None:
    """Rings in order, says how long it is until the next, and rings for nothing once it was cleared."""
    heard: asyncio.Queue[Turn] = asyncio.Queue()
    alarms = Alarms(heard.put_nowait)
    assert alarms.seconds is None
    alarms.set(3600, Turn(3))
    alarms.set(-1, Turn(1))
    assert alarms.seconds is not None and alarms.seconds <= 0
    assert await heard.get() == Turn(1)
    assert alarms.seconds is not None and 3500 < alarms.seconds <= 3600
    alarms.clear()
    assert alarms.seconds is None


def test_alarms_ring_in_asyncio() -> None:
    asyncio.run(rung())


@pytest.mark.skipif(sys.platform == "win32", reason="engines there have no uvloop")
def test_alarms_ring_in_uvloop() -> None:
    """RUN-32: its timers that ring at once know no time."""
    import uvloop

    uvloop.run(rung())
