"""A name and a colour for someone who has not chosen any yet, so that two guests are told apart at a glance."""

import secrets

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
COLOURS = (
    "#c2255c", "#d6336c", "#9c36b5", "#7048e8", "#4263eb", "#1971c2", "#0b7285", "#087f5b", "#27803a", "#5c7c0a",
    "#b35900", "#cc430d", "#c92a2a", "#8f5b34",
)  # fmt: skip
"""White text on any of these has a contrast of at least 4.5 (WCAG AA), and they show on light and dark canvases."""


def friendly_name() -> str:
    """Something like “Curious Otter”."""
    return f"{secrets.choice(ADJECTIVES)} {secrets.choice(ANIMALS)}"


def friendly_colour() -> str:
    """One of COLOURS."""
    return secrets.choice(COLOURS)


def contrast_with_white(colour: str) -> float:
    """The contrast ratio of a hex colour with white, by WCAG 2.2: 1 to 21."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
