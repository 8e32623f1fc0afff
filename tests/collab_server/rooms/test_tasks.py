"""Tasks that end with their owner, and those that go on whatever fails."""

import asyncio
import itertools

import pytest

from collab_server.rooms import tasks
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


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "AGAIN_SECONDS", 0.001)


async def test_what_is_kept_begins_again_after_each_failure_and_says_so(lines: Lines) -> None:
    """OPS-19."""
    owner, watch = Tasks("someone"), Watch(failures=3)
    owner.keep(watch.watch)
    await eventually(lambda: watch.begun == 4)
    await owner.wait_closed()

    said = [(line["owner"], line["task"], line["error"]) for line in lines("task failed and begins again")]
    assert said == [("someone", "Watch.watch", "RuntimeError('something nobody thought of')")] * 3


async def test_what_is_kept_ends_with_its_owner_also_while_it_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "AGAIN_SECONDS", 60.0)
    owner, watch = Tasks("someone"), Watch(failures=1)
    owner.keep(watch.watch)
    await eventually(lambda: watch.begun == 1)
    await owner.wait_closed()

    assert watch.begun == 1


def test_a_pause_grows_up_to_a_bound_and_is_short_again_after_a_long_life() -> None:
    """OPS-19."""
    pauses = [0.0]
    for _ in range(20):
        pauses.append(tasks.next_pause(pauses[-1], lived=0.1))
    assert pauses[-1] == pauses[-2] == tasks.LONGEST_PAUSE_SECONDS
    assert all(later == 2 * sooner for sooner, later in itertools.pairwise(pauses[1:7]))
    assert tasks.next_pause(pauses[-1], lived=2 * tasks.LONGEST_PAUSE_SECONDS) == tasks.AGAIN_SECONDS
