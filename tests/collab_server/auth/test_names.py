"""What people are called and seen in until they choose otherwise."""

import re
from pathlib import Path

from collab_server.auth.names import COLOURS

CHOICE = Path(__file__).resolve().parents[3] / "web" / "src" / "ui" / "peopleColours.ts"


def test_people_choose_among_the_colours_that_they_are_given() -> None:
    assert tuple(re.findall(r"'(#[0-9a-f]{6})'", CHOICE.read_text())) == COLOURS
