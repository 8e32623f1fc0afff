"""How much memory the open documents take, about: a bound for it, and who makes place.

A document takes some 15 to 19 times its encoded size while it is open (measured with pycrdt 0.14, graphs of 50 to 5,000
nodes), and a room some 60 kB besides. That is estimated and not measured: nobody can tell which document a page of the
process belongs to.
"""

from collections.abc import Iterable
from typing import Protocol

FACTOR = 17
ROOM_BYTES = 60 * 1024


class Sized(Protocol):
    """What has a size on disk."""

    @property
    def size(self) -> int:
        """About how many bytes the document has, encoded."""


def estimated(documents: Iterable[Sized]) -> int:
    """About how many bytes of memory open documents take."""
    return sum(ROOM_BYTES + FACTOR * document.size for document in documents)
