"""Text in pieces, put together where a service cut a character in two.

JSON spells what lies beyond the first 65,536 characters, such as most emoji, as two halves, and a service that streams
may send them apart. A half alone is no character, and nothing that is stored or shown may hold one.
"""


class WholeText:
    """Hands pieces on; the first half of a character waits for the second."""

    def __init__(self) -> None:
        self._held = ""

    def piece(self, text: str) -> str:
        """The next piece, of whole characters. A half without the other becomes one that says so."""
        grown = self._held + text
        self._held = grown[-1] if "\ud800" <= grown[-1:] <= "\udbff" else ""
        return _whole(grown[: len(grown) - len(self._held)])

    def rest(self) -> str:
        """What still waits, now that nothing comes any more."""
        held, self._held = self._held, ""
        return _whole(held)


def _whole(text: str) -> str:
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
