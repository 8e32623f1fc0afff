"""Which of this peer's edits the server has not acknowledged yet.

The server echoes every update to its sender once it is durable, perhaps merged with others' into one frame, so frames
can't be counted. Instead each local transaction is remembered by what it made: the clock of its last insertion, and the
ids it deleted. An echo that contains that clock acknowledges the insertions (the server takes a client's clocks in
order, and a frame as a whole); deleted ids are crossed off as they come back in delete sets.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pycrdt

Ranges = dict[int, list[tuple[int, int]]]
"""Ids by client: clocks from a start up to an end."""


@dataclass(slots=True)
class Edit:
    """One local transaction: `clock` is one past its last insertion, `deleted` what is not known to be gone yet."""

    number: int
    clock: int
    deleted: Ranges = field(default_factory=dict)


class Ledger:
    """The unacknowledged edits of one client id, oldest first."""

    def __init__(self, doc: pycrdt.Doc[Any]) -> None:
        self._doc = doc
        self._client = doc.client_id
        self._edits: deque[Edit] = deque()
        self._noted: list[bytes] = []
        self._last = 0
        self._clock = _clocks(doc.get_state()).get(self._client, 0)
        self._acknowledged = self._clock

    @property
    def last(self) -> int:
        """The number of the newest local edit; 0 before the first."""
        return self._last

    @property
    def saved(self) -> int:
        """Every edit up to this number is durable on the server."""
        self._read_notes()
        return self._edits[0].number - 1 if self._edits else self._last

    def made(self, update: bytes) -> None:
        """Note a local transaction by the update it gave; fit for an observer, for it doesn't look at the document."""
        self._last += 1
        self._noted.append(update)

    def has(self, server_state: bytes) -> None:
        """The server says what it has as a connection opens: this counts, for it will not be echoed again."""
        self._read_notes()
        clock = _clocks(server_state).get(self._client, 0)
        if clock < self._acknowledged and not self._edits:  # it has forgotten what it acknowledged before
            self._last += 1
            self._edits.append(Edit(self._last, self._clock))
        self._acknowledged = clock
        self._settle()

    def sent_whole(self, server_state: bytes) -> None:
        """Everything the server lacked went out in one frame: deletions of what it never saw need no echo."""
        self._read_notes()
        known = _clocks(server_state)
        for edit in self._edits:
            edit.deleted = {
                client: left
                for client, ranges in edit.deleted.items()
                if (left := _outside(ranges, [(known.get(client, 0), _END)]))
            }

    def echoed(self, update: bytes) -> None:
        """An update came from the server and has been applied: cross off what it holds of ours."""
        self._read_notes()
        if not self._edits:
            return
        state = self._doc.get_state()
        if not _has_blocks(update, state):
            self._acknowledge(update, state)
            gone = _deleted(update, state)
            for edit in self._edits:
                for client in edit.deleted.keys() & gone.keys():
                    edit.deleted[client] = _outside(edit.deleted[client], gone[client])
        self._settle()

    def _read_notes(self) -> None:
        """Work out what each noted update made; the first of several ends where the next begins."""
        notes, self._noted = self._noted, []
        if not notes:
            return
        state = self._doc.get_state()
        clocks = _clocks(state)
        first = self._last - len(notes) + 1
        for number, update in enumerate(notes, first):
            before, end = self._clock, clocks.get(self._client, 0)
            if number < self._last:
                end = before + _first_missing(update, clocks, self._client, range(before, end))
            deleted = _deleted(update, state)
            own = _outside(deleted.pop(self._client, []), [(before, end)])
            if own:  # what came and went inside the one transaction is acknowledged with its insertions
                deleted[self._client] = own
            self._clock = end
            self._edits.append(Edit(number, end, deleted))

    def _acknowledge(self, update: bytes, state: bytes) -> None:
        """Find the newest edit whose last clock is in the update; those before it are in it or came before it."""
        waiting = [edit.clock - 1 for edit in self._edits if edit.clock > self._acknowledged]
        found = _first_missing(update, _clocks(state), self._client, waiting)
        if found:
            self._acknowledged = waiting[found - 1] + 1

    def _settle(self) -> None:
        while self._edits and self._edits[0].clock <= self._acknowledged and not any(self._edits[0].deleted.values()):
            self._edits.popleft()


_END = 1 << 53


def _has_blocks(update: bytes, state: bytes) -> bool:
    """Whether an update holds an insertion beyond a state: without one, the difference starts with no clients."""
    return pycrdt.get_update(update, state)[:1] != b"\x00"


def _first_missing(update: bytes, clocks: dict[int, int], client: int, wanted: Sequence[int]) -> int:
    """Where in these ascending clocks of a client an update ends: the index of the first that is beyond it."""

    def is_beyond(clock: int) -> bool:
        return not _has_blocks(update, _encoded({**clocks, client: clock}))

    return bisect_left(wanted, True, key=is_beyond)


def _deleted(update: bytes, state: bytes) -> Ranges:
    """The delete set of an update whose insertions are all in `state`: what is left when those are taken away."""
    numbers = _numbers(pycrdt.get_update(update, state))
    if next(numbers):
        return {}
    return {next(numbers): [_range(numbers) for _ in range(next(numbers))] for _ in range(next(numbers))}


def _range(numbers: Iterator[int]) -> tuple[int, int]:
    start = next(numbers)
    return start, start + next(numbers)


def _clocks(state: bytes) -> dict[int, int]:
    """A Yjs state vector: by client, how many of its clocks are there."""
    numbers = _numbers(state)
    return {next(numbers): next(numbers) for _ in range(next(numbers))}


def _encoded(clocks: dict[int, int]) -> bytes:
    parts = [len(clocks), *(number for pair in clocks.items() for number in pair)]
    return b"".join(map(pycrdt.write_var_uint, parts))


def _numbers(data: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in data:
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield number
            number = shift = 0


def _outside(ranges: list[tuple[int, int]], holes: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What is left of ranges when others are taken out of them."""
    for start, end in holes:
        ranges = [
            part
            for first, last in ranges
            for part in ((first, min(last, start)), (max(first, end), last))
            if part[0] < part[1]
        ]
    return ranges
