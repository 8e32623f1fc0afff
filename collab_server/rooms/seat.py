"""The seat of one client in a room, and the rules of its clocks.

A client takes a state only under a clock that is later than the one it knows, and knows clocks from before it hung up,
from other workers, and of a time when this worker wasn't there. So each seat counts what was told, and to whom.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field

from collab_server.auth.identity import Identity
from collab_server.rooms.entries import State

CLOCKS_PER_SECOND = 4
"""How fast the server may count the clock of a client on that says nothing."""
CLOCKS_SINCE = 1767225600
"""The beginning of 2026 in seconds since 1970. Clocks reach 2³¹ in 2043."""
MAX_AHEAD = 64
MAX_SAID = 2**31 - 2**24
"""The latest clock that a client may come to by itself. The server counts on from there, for it has to outbid what was
said before, and a client that stood at the end of all clocks could not be told to have left.
"""


def clock_at(seconds: float) -> int:
    """A clock that is later than any under which something was told before of a client that said nothing since.

    Whoever told it may be gone, and have told nobody here; so it comes from what all have: the time, since 1970.
    """
    return int((seconds - CLOCKS_SINCE) * CLOCKS_PER_SECOND)


@dataclass(slots=True)
class Seat:
    """One client id: who holds it, and what was heard from it and told of it.

    `heard` is the last clock that came from it, `told` the last that all were told, `introduced` the last that joiners
    were told, and `known` the last that anybody may have been told, wherever. `owed` says that somebody may have passed
    over the state because of that, `waits` that the state is not told yet.
    """

    identity: Identity
    peer: Hashable | None = None
    since: float = 0.0
    heard: int = -1
    told: int = 0
    introduced: int = 0
    known: int = 0
    told_at: float = 0.0
    owed: bool = False
    waits: bool = False
    state: State | None = None
    encoded: bytes = b"null"
    ahead: dict[int, bytes] = field(default_factory=dict)
    """The last states that were told under clocks which their client did not have yet, in order.

    A client takes over what it is told of itself under a later clock, and tells it on like anything else it hears. So
    one that comes back from here undoes nothing that the client said meanwhile.
    """

    def may_say(self, clock: int) -> bool:
        """Whether its client may be at this clock: one of its own, or one that it was told and counts on from."""
        return clock <= max(MAX_SAID, self.known + 1)

    def next(self) -> int:
        """The clock above those under which the state was told here."""
        return max(self.told, self.introduced) + 1

    def tell(self, clock: int) -> None:
        """The state is told to all under this clock."""
        self.told = clock
        self.goes_ahead(clock)
        if clock > self.known:
            self.known, self.owed = clock, False

    def goes_ahead(self, clock: int) -> None:
        """The state is told under this clock, to its client perhaps, which may not have it yet."""
        if clock <= self.heard:
            return
        self.ahead[clock] = self.encoded
        while (oldest := next(iter(self.ahead))) <= self.heard or len(self.ahead) > MAX_AHEAD:
            del self.ahead[oldest]

    def introduce(self) -> None:
        """A joiner is told the state, one clock ahead. If another was, too, it may be the same one that comes back."""
        self.owed = self.owed or self.introduced > self.told
        self.introduced = self.told + 1
        self.known = max(self.known, self.introduced)
        self.goes_ahead(self.introduced)

    def may_be_known(self, clock: int) -> None:
        """Somebody may have been told this clock, and not this state."""
        self.known, self.owed = max(self.known, clock), True

    def left(self) -> "Seat":
        """The seat without its client, who is told to be gone, and says under the next clock that it isn't."""
        clock = self.next()
        ahead = {**self.ahead, clock + 1: self.encoded}
        return Seat(self.identity, heard=self.heard, told=clock, known=max(clock, self.known), ahead=ahead)

    def known_up_to(self, clock: int, told: dict[int, bytes]) -> "Seat":
        """The seat, of which all may know this clock, and joiners the next; `told` are states that were told of it."""
        self.told = max(self.told, clock)
        self.ahead |= told
        self.introduced = self.told + 1 if self.ahead else self.told
        self.known = max(self.known, self.introduced)
        self.state, self.encoded = None, b"null"  # what it shows now is news, even if it is what it showed before
        return self
