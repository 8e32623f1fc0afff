"""So much in a minute."""

from flowroom.bucket import Bucket


def test_a_minutes_worth_may_come_at_once_and_what_comes_then_is_told_when() -> None:
    """RUN-35."""
    bucket = Bucket(6, now=100)

    assert [bucket.spend(2, now=100) for _ in range(4)] == [0, 0, 0, 20]
    assert bucket.spend(1, now=104) == 6
    assert bucket.spend(2, now=119) == 1
    assert [bucket.spend(2, now=120), bucket.spend(1, now=120)] == [0, 10]


def test_what_is_reserved_is_had_later_and_keeps_what_comes_then_waiting() -> None:
    """RUN-39."""
    bucket = Bucket(6, now=100)

    assert [bucket.reserve(2, now=100) for _ in range(5)] == [0, 0, 0, 20, 40]
    assert bucket.spend(1, now=100) == 50
    assert bucket.reserve(1, now=145) == 5


def test_nothing_is_saved_up_beyond_a_minutes_worth() -> None:
    """RUN-35."""
    bucket = Bucket(2, now=0)

    assert [bucket.spend(1, now=10_000) for _ in range(3)] == [0, 0, 30]


def test_more_than_a_minutes_worth_waits_for_a_full_bucket_and_keeps_what_follows_waiting() -> None:
    """RUN-35."""
    bucket = Bucket(10, now=0)

    assert [bucket.spend(1, now=0), bucket.spend(50, now=0)] == [0, 6]
    assert [bucket.spend(50, now=6), bucket.spend(1, now=6)] == [0, 246]
    assert [bucket.spend(1, now=251), bucket.spend(1, now=252)] == [1, 0]
