"""Leaves secrets out of what a node gives, for a service that was asked with one may say it again.

This hides what is said by accident: a header that is echoed, a key in an error. A service that wants to can spell a
secret in ways that nobody finds; against that a secret is bound to hosts (engine/secrets.py).
"""

from urllib.parse import quote

import orjson

from flowroom.model import Json

MASK = "•••"
MIN_CHARS = 8
"""What is shorter stands in too many texts by chance."""


class Masking:
    """What one attempt of a node must not give."""

    def __init__(self, *secrets: str) -> None:
        self._spellings: list[str] = []
        self._held = ""
        for secret in secrets:
            self.hide(secret)

    def hide(self, secret: str) -> None:
        """Leave out one more secret; of one like `Bearer …` what stands after the scheme alone, too."""
        found = {spelling for part in (secret, secret.rpartition(" ")[2]) for spelling in _spellings(part)}
        self._spellings = sorted({*self._spellings, *found}, key=len, reverse=True)

    def text(self, text: str) -> str:
        """A text without the secrets."""
        for spelling in self._spellings:
            text = text.replace(spelling, MASK)
        return text

    def value(self, value: Json) -> Json:
        """A value without the secrets, however deep they are in it, also in names."""
        match value:
            case str():
                return self.text(value)
            case list() | tuple():
                return [self.value(item) for item in value]
            case dict():
                return {self.value(name): self.value(item) for name, item in value.items()}
            case int() | float() if str(value) in self._spellings:
                return MASK
            case _:
                return value

    def piece(self, text: str) -> str:
        """The next piece of a text that is shown as it grows: what may be the beginning of a secret waits."""
        grown = self.text(self._held + text)
        waiting = max((_overlap(grown, spelling) for spelling in self._spellings), default=0)
        self._held = grown[len(grown) - waiting :]
        return grown[: len(grown) - waiting]


def _spellings(secret: str) -> set[str]:
    """A secret as it is, inside of JSON, and inside of an address."""
    if len(secret) < MIN_CHARS:
        return set()
    return {secret, orjson.dumps(secret).decode()[1:-1], quote(secret, safe="")}


def _overlap(text: str, secret: str) -> int:
    """How many letters at the end of a text are the beginning of a secret."""
    most = min(len(text), len(secret) - 1)
    return next((count for count in range(most, 0, -1) if text.endswith(secret[:count])), 0)
