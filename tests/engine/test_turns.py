"""Turns at something that is done so often in a minute at most."""

from engine.turns import Turns


def test_a_turn_that_is_given_up_is_had_by_who_asks_next() -> None:
    """RUN-39: one mail a second, of which those of a cancelled run are not sent."""
    turns = Turns(60, now=0)

    assert [turns.take(f"{n}", 30, 0, run="long") for n in range(4)] == [0, 0, 30, 60]
    turns.give_up("long")
    assert turns.take("short", 10, 0, run="short") == 10


def test_what_is_given_up_lets_nobody_go_before_those_who_wait() -> None:
    """RUN-39."""
    turns = Turns(60, now=0)

    assert [turns.take(run, 30, 0, run=run) for run in ("a", "b", "c", "d")] == [0, 0, 30, 60]
    turns.give_up("c")
    assert [turns.take(run, 30, 0, run=run) for run in ("e", "f")] == [60, 90]
    assert turns.take("d", 30, 60, run="d") == 0
