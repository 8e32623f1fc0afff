"""A server holds: short versions of what `python -m benchmarks.holding` measures at length."""

import pytest

from benchmarks.holding import MANY_ROWS, edits, idle, soak


@pytest.mark.timeout(120)
async def test_connections_that_say_nothing_cost_little_and_hold_nobody_up() -> None:
    """OPS-6 and ROOM-11: a joiner gets in and edits beside a crowd of silent sockets."""
    found = await idle(200, rooms=20)
    print(found)
    assert found.kib_each < 100


@pytest.mark.timeout(120)
async def test_rooms_that_come_and_go_leave_nothing_behind() -> None:
    """OPS-7: after it is warm, a server is no larger for the rooms it has closed."""
    seen = await soak(1500)
    print(seen)
    assert max(seen[-3:]) < seen[4] * 1.1


@pytest.mark.timeout(120)
async def test_edits_without_a_pause_leave_a_bounded_store() -> None:
    """OPS-7 and ROOM-18: snapshots take the place of the log, as soon as what was done in it is told. That goes on
    while edits do: this ends only when the log has been cut so many times under them, at whatever speed.
    """
    log = await edits(6_000, per_second=900, cuts=4)
    print(log)
    assert log.most_rows < log.edits
    assert log.last_rows <= MANY_ROWS
    assert log.last_bytes < 16 * 2**20
