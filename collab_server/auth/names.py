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
