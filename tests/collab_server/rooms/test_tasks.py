"""Tasks that end with their owner, and those that go on whatever fails."""

import asyncio
import itertools
import random

import pytest

from collab_server.fanout import patience
from collab_server.rooms.tasks import Tasks
from tests.collab_server.conftest import Lines
from tests.collab_server.rooms.conftest import eventually


class Watch:
    """Something that is watched over, and fails for the first times."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.begun = 0

    async def watch(self) -> None:
        self.begun += 1
        if self.begun <= self.failures:
            raise RuntimeError("something nobody thought of")
        await asyncio.Event().wait()


async def test_what_is_kept_begins_again_after_each_failure_and_says_so(lines: Lines) -> None:
    """OPS-19."""
    owner, watch = Tasks("someone"), Watch(failures=3)
    owner.keep(watch.watch)
    await eventually(lambda: watch.begun == 4)
    await owner.wait_closed()

    said = [(line["owner"], line["chore"], line["error"]) for line in lines("a chore failed, and goes on")]
    assert said == [("someone", "Watch.watch", "RuntimeError('something nobody thought of')")] * 3


async def test_what_is_kept_ends_with_its_owner_also_while_it_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "BACK_OFF_SECONDS", (60.0, 60.0))
    owner, watch = Tasks("someone"), Watch(failures=1)
    owner.keep(watch.watch)
    await eventually(lambda: watch.begun == 1)
    await owner.wait_closed()

    assert watch.begun == 1


async def test_the_pause_before_what_fails_again_grows_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """OPS-19."""
    monkeypatch.setattr(random, "uniform", lambda _low, high: high)
    pauses = [patience.back_off(failures) for failures in range(20)]
    assert pauses[0] == 0.05 and pauses[-1] == pauses[-2] == 2.0
    assert all(later == 2 * sooner for sooner, later in itertools.pairwise(pauses[:6]))
