"""Many things a few at a time."""

import pytest

from flowroom.portions import in_portions


@pytest.mark.parametrize(
    ("things", "portions"),
    [("", []), ("ab", ["ab"]), ("abc", ["abc"]), ("abcd", ["abc", "d"]), ("abcdefg", ["abc", "def", "g"])],
)
def test_all_come_in_order_and_no_more_at_a_time(things: str, portions: list[str]) -> None:
    assert list(in_portions(things, 3)) == portions
