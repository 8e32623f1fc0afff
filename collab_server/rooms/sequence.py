"""How far a room has come in a log that others write to as well.

The log numbers its entries. A room has everything up to `seq`, and of what comes after perhaps some that it wrote
itself: those stand `ahead` until the others between them have come.

    have 5;  we stored 7 to 8      seq 5, ahead (7, 8): 6 is somebody's, and missing
    6 comes                        seq 8
"""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Sequence:
    """What of a log is here. Pure."""

    seq: int = 0
    """Everything up to here."""
    newest: int = 0
    """The newest entry that is known of, here or not."""
    _ahead: dict[int, int] = field(default_factory=dict)

    @property
    def is_behind(self) -> bool:
        """Whether there are entries that are not here."""
        return self.newest > self.seq

    def start(self, seq: int) -> None:
        """Begin with everything up to `seq`. Again, perhaps: what was known of beyond that is still there to be had."""
        self.seq = seq
        self.saw(seq)
        self._ahead.clear()

    def take(self, first: int, last: int) -> None:
        """The entries `first` to `last` are here."""
        self.saw(last)
        if last <= self.seq:
            return
        if first > self.seq + 1:
            self._ahead[first] = last
            return
        self.seq = last
        while self._ahead:
            first = min(self._ahead)
            if first > self.seq + 1:
                return
            self.seq = max(self.seq, self._ahead.pop(first))

    def ends(self, seq: int, newest: int) -> None:
        """The log goes to `seq`, as was looked up when `newest` was the newest known: whoever said more was wrong."""
        if self.newest == newest:
            self.newest = max(seq, self.seq, *self._ahead.values())

    def saw(self, last: int) -> None:
        """There is an entry `last`, wherever."""
        self.newest = max(self.newest, last)
