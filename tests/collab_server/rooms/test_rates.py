"""How much a peer may send."""

import time

from collab_server.rooms.rates import Allowance


def test_a_burst_is_allowed_and_then_the_average() -> None:
    """ROOM-13"""
    allowance = Allowance(10, 1000, burst_seconds=2)
    now = time.monotonic()
    assert sum(allowance.spend(1, now) for _ in range(50)) == 20
    assert sum(allowance.spend(1, now + 1) for _ in range(50)) == 10


def test_bytes_count_as_messages_do() -> None:
    """ROOM-13"""
    allowance = Allowance(1000, 1000, burst_seconds=1)
    now = time.monotonic()
    assert sum(allowance.spend(300, now) for _ in range(50)) == 4


def test_one_large_message_is_let_through_and_paid_for_afterwards() -> None:
    """ROOM-13"""
    allowance = Allowance(1000, 1000, burst_seconds=1)
    now = time.monotonic()
    assert allowance.spend(5000, now)
    assert not allowance.spend(1, now + 3)
    assert allowance.spend(1, now + 6)
