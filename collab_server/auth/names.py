"""What people may be called; and a name and a colour for someone who has not chosen any yet, so that two guests are
told apart at a glance.
"""

import secrets
import unicodedata
from collections.abc import Collection, Mapping

ADJECTIVES = (
    "Amber", "Bold", "Brave", "Bright", "Calm", "Clever", "Cosy", "Crisp", "Curious", "Dapper", "Eager", "Fleet",
    "Gentle", "Golden", "Happy", "Jolly", "Keen", "Kind", "Lively", "Lucky", "Mellow", "Merry", "Nimble", "Patient",
    "Plucky", "Quick", "Quiet", "Ruby", "Silver", "Sunny", "Swift", "Witty",
)  # fmt: skip
ANIMALS = (
    "Badger", "Beaver", "Bison", "Crane", "Dolphin", "Falcon", "Ferret", "Finch", "Fox", "Gecko", "Hare", "Hedgehog",
    "Heron", "Ibex", "Jay", "Koala", "Lark", "Lemur", "Lynx", "Marten", "Mole", "Newt", "Otter", "Owl", "Panda",
    "Puffin", "Raven", "Robin", "Seal", "Stork", "Swan", "Wombat",
)  # fmt: skip
NAMES = tuple(f"{adjective} {animal}" for adjective in ADJECTIVES for animal in ANIMALS)
COLOURS = (
    "#c2255c", "#d6336c", "#9c36b5", "#7048e8", "#4263eb", "#1971c2", "#0b7285", "#087f5b", "#27803a", "#5c7c0a",
    "#b35900", "#cc430d", "#c92a2a", "#8f5b34",
)  # fmt: skip
"""White text on any of these has a contrast of at least 4.5 (WCAG AA), and they show on light and dark canvases."""

BLANK = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")
"""Letters and marks to Unicode, and nothing to people."""


def is_unseen(character: str) -> bool:
    """Whether a character can't be seen, or breaks a line; a plain space does neither."""
    return character in BLANK or unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def one_line(text: str) -> str:
    """A name as it may be shown anywhere: trimmed, without what can't be seen. Raises ValueError for nothing else."""
    plain = "".join(c for c in text if not is_unseen(c)).strip()
    if not plain:
        raise ValueError("expected at least one visible character")
    return plain


def friendly_name(taken: Collection[str]) -> str:
    """One of NAMES that nobody has, while there is one."""
    return secrets.choice([name for name in NAMES if name not in taken] or NAMES)


def friendly_colour(worn: Mapping[str, int]) -> str:
    """The one of COLOURS that fewest wear, by how many wear each; of several the farthest from those worn more, since
    neighbours look alike.
    """
    fewest = min(worn.get(colour, 0) for colour in COLOURS)
    free = [place for place, colour in enumerate(COLOURS) if worn.get(colour, 0) == fewest]
    taken = [place for place, colour in enumerate(COLOURS) if worn.get(colour, 0) > fewest]
    away = {place: min((_steps(place, other) for other in taken), default=0) for place in free}
    farthest = max(away.values())
    return COLOURS[secrets.choice([place for place in free if away[place] == farthest])]


def _steps(one: int, other: int) -> int:
    """How far apart two places in COLOURS are, which go once around the wheel."""
    steps = abs(one - other)
    return min(steps, len(COLOURS) - steps)
