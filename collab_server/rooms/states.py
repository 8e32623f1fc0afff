"""What a room can be."""

from dataclasses import dataclass
from typing import ClassVar

from flowroom.protocol import CloseCode


@dataclass(frozen=True, slots=True)
class Loading:
    """Nobody is served yet."""


@dataclass(frozen=True, slots=True)
class Live:
    """Everything works."""


@dataclass(frozen=True, slots=True)
class ReadOnly:
    """What was applied can't be stored; nothing more is applied until it can. `since` is seconds since 1970."""

    NOTICE: ClassVar[str] = (
        "Edits can't be stored just now; they are kept in this client and sent when the server is well again."
    )
    since: float
    reason: str


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """The engine failed; the document is loaded again from the log."""


@dataclass(frozen=True, slots=True)
class Ended:
    """Closed for everyone, with this code."""

    code: CloseCode


State = Loading | Live | ReadOnly | Rebuilding | Ended
