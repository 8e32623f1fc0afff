"""When Python looks for circles of garbage in a process of ours.

By default it looks whenever so many objects were made and not given up, and everything waits meanwhile. A program that
loads is searched hundreds of times, for nothing, since what it loads stays: a sixth of the time that a server takes to
start. And what a look costs is not what it finds but all that was made since the last one, which may be as much as
everyone's open sockets, for these are forever doing something new: 600 people who edited in 200 rooms waited for 5 to
9 ms, two or three times a second, and a search of all that is there held a server up for 60 to 90. So a server looks at
what is new all the time, at what is there since lately as more and more is in use, and at all of it hardly ever.

What was freed is not the system's yet: the C library keeps it, between what is in use. It is given back now and then.
"""

import asyncio
import ctypes
import gc
import sys
import time
from collections.abc import Callable, Coroutine
from typing import Any

LOOK_SECONDS = 0.1
"""From one look at what is new to the next: so little is new then that nobody notices."""
LOOKS_A_COUNT = 2
"""How many of these to a count of what is in use. Python counts by going through all of its memory: 0.5 ms."""
NEW, LATELY = 0, 1
"""Generations of Python's: what was made since the last look, and what has outlived only one."""
STEP = 10_000
"""By how many the blocks of memory in use have to have grown for a look at what is there since lately."""
GROWTH, LEAST_GROWTH = 1 / 4, 100_000
"""By how much, and how many, the blocks of memory in use have to have grown for a look at all that is there."""
SHARE = 1 / 10_000
"""The most of its time that a server spends on looks at all that is there, when it doesn't grow."""
LEAST_SECONDS = 10.0
"""The least time between two of these."""

GIVE_BACK_SECONDS = 30.0
"""How often what is free goes back to the system: 0.2 ms if that is nothing, and 0.2 ms for each MB, in a thread."""

_tending: set[asyncio.Task[None]] = set()


def pause() -> None:
    """Don't look while the program loads."""
    gc.disable()


def resume() -> None:
    """Look from now on, and never among what is there already."""
    gc.freeze()
    gc.enable()


def tend() -> None:
    """As `resume`, for a server whose loop is running: look at little and often, until the loop ends."""
    gc.freeze()
    _start(_tend)


def look_rarely() -> None:
    """For a process in which much that is made stays: a run of 10,000 nodes makes as many long-lived objects, and by
    default half of its time goes into walking them. What is left behind takes room for longer.
    """
    gc.set_threshold(50_000, 20, 50)


def give_back() -> None:
    """Give what is free back to the system now and then, until the loop that is running ends."""
    _start(_give_back)


def _start(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    task = asyncio.get_running_loop().create_task(work(), name="collector")
    _tending.add(task)
    task.add_done_callback(_tending.discard)


async def _tend() -> None:
    gc.disable()
    try:
        while True:
            began = time.monotonic()
            gc.collect()
            now = time.monotonic()
            await _look_at_what_is_new(until=now + max(LEAST_SECONDS, (now - began) / SHARE))
    finally:
        gc.enable()


async def _give_back() -> None:
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    while trim is not None:  # only glibc has to be told
        await asyncio.sleep(GIVE_BACK_SECONDS)
        await asyncio.to_thread(trim, 0)


async def _look_at_what_is_new(*, until: float) -> None:
    """Look often, until a time of the monotonic clock, or until much more is in use than now."""
    in_use = sys.getallocatedblocks()
    most = in_use + max(in_use * GROWTH, LEAST_GROWTH)
    next_step = in_use + STEP
    while time.monotonic() < until and in_use < most:
        for _ in range(LOOKS_A_COUNT):
            gc.collect(NEW)
            await asyncio.sleep(LOOK_SECONDS)
        in_use = sys.getallocatedblocks()
        if in_use >= next_step:
            gc.collect(LATELY)
            next_step = in_use + STEP
