"""What people are called and seen in until they choose otherwise."""

import re
from collections import Counter
from pathlib import Path

from collab_server.auth.names import COLOURS, friendly_colour

CHOICE = Path(__file__).resolve().parents[3] / "web" / "src" / "ui" / "peopleColours.ts"


def test_people_choose_among_the_colours_that_they_are_given() -> None:
    assert tuple(re.findall(r"'(#[0-9a-f]{6})'", CHOICE.read_text())) == COLOURS


def test_people_are_told_apart_by_their_colours() -> None:
    """ACCESS-1: the first few look nothing alike, and no colour is worn twice before each is worn once."""
    worn = Counter[str]()
    for _ in COLOURS:
        worn[friendly_colour(worn)] += 1
        if len(worn) == 3:
            first, second, third = sorted(COLOURS.index(colour) for colour in worn)
            assert min(second - first, third - second, first + len(COLOURS) - third) >= 3
    assert worn == Counter(COLOURS)
    worn[friendly_colour(worn)] += 1
    assert sorted(worn.values())[-2:] == [1, 2]
