"""How often someone may do something."""

import pytest

from collab_server import pace as pace_module
from collab_server.errors import RateLimited
from collab_server.pace import Pace


def test_so_many_may_come_at_once_and_then_one_by_one() -> None:
    """TALK-8."""
    pace = Pace(6, "comments")
    for _ in range(6):
        pace.spend("ada", now=100)
    with pytest.raises(RateLimited, match="6 comments") as raised:
        pace.spend("ada", now=105)
    assert raised.value.retry_after == 5
    pace.spend("bo", now=105)
    pace.spend("ada", now=110)
    with pytest.raises(RateLimited):
        pace.spend("ada", now=110)


def test_nobody_saves_up_more_than_a_minutes_worth() -> None:
    """TALK-8."""
    pace = Pace(2, "comments")
    pace.spend("ada", now=0)
    for _ in range(2):
        pace.spend("ada", now=10_000)
    with pytest.raises(RateLimited):
        pace.spend("ada", now=10_000)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace_module, "MAX_PEOPLE", 2)
    pace = Pace(1, "comments")
    for person in ("ada", "bo", "cy"):
        pace.spend(person, now=0)
    pace.spend("ada", now=0)
    with pytest.raises(RateLimited):
        pace.spend("cy", now=0)
