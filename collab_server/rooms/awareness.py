"""Who is in a room: every peer's awareness state, bound to whoever introduced it and stamped with who that is.

A room hands each AwarenessUpdate to `receive` and sends the frame it returns to every peer, the sender included
(a stock y-websocket client hangs up after 30 s in which it heard nothing, so it must hear itself):

    presences = Presences()
    frame = presences.everyone()                            # to a joiner, if not None
    frame = presences.receive(peer, identity, payload)      # to all, if not None; raises guard.Malformed
    frame = presences.leave(peer)                           # to all who are left, if not None
    frame = presences.overdue()                             # to all, about twice a second, if not None

Stock clients repeat to the server whatever they hear, and tabs of one browser repeat each other, so an entry under
someone else's id is no offence: it is passed over, unread. Clocks are the server's own from the second one
on, because a client that comes back counts on from where it was while others have already seen it leave.
The wire format is that of y-protocols (`awareness.js`); the rules are GUARD-20 to GUARD-29 in docs/spec.md.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from collab_server.auth.identity import Identity
from collab_server.rooms.walker import MAX_CLOCK, Malformed, check_depth, text, varint, write_varint
from flowroom.protocol import MAX_PRESENCE_BYTES, MessageType

MAX_IDS_PER_PEER = 8
"""Client ids one peer may hold: its own, and those of other tabs that it speaks for."""
MAX_REMEMBERED = 1024
"""Client ids that left and are remembered, so that nobody takes them over and their clocks go on."""
RENEWED_AFTER = 5.0
"""Seconds after which an unchanged state is told again; stock clients renew theirs every 15 s."""
UPDATES_PER_SECOND = 60.0
BURST = 120.0
"""How many states of one peer are passed on at once; later ones wait, and only the last of them is sent."""

State = dict[str, Any]


class Entry(NamedTuple):
    """One client's state as it came; JSON, `null` when the client says that it is gone."""

    client: int
    clock: int
    state: bytes


@dataclass(slots=True)
class _Seat:
    """One client id: who holds it, the last clock heard from it, and the last clock told of it.

    `ahead` says that some joiner was told one clock more; `waits` that the state is not told yet.
    """

    identity: Identity
    peer: Hashable | None = None
    heard: int = -1
    told: int = 0
    told_at: float = 0.0
    ahead: bool = False
    waits: bool = False
    state: State | None = None
    encoded: bytes = b"null"


@dataclass(slots=True)
class _Member:
    """A peer that has said something: its ids, and how much it may still say at once."""

    asked: float
    allowance: float = BURST
    ids: set[int] = field(default_factory=set)


class Presences:
    """The presence table of one room. `now` tells seconds; `limit` is the size of one state in bytes."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic, limit: int = MAX_PRESENCE_BYTES) -> None:
        self._now = now
        self._limit = limit
        self._seats: dict[int, _Seat] = {}
        self._left: OrderedDict[int, _Seat] = OrderedDict()
        self._members: dict[Hashable, _Member] = {}
        self.refused = 0
        """How many entries were passed over because they were foreign, too large or too many."""

    def receive(self, peer: Hashable, identity: Identity, payload: bytes) -> bytes | None:
        """Take over what a peer says of itself, and answer what is to be told to all; raises Malformed."""
        entries = read_entries(payload)
        if not entries:
            return None
        opening = peer not in self._members and len(entries) == 1
        member = self._members.setdefault(peer, _Member(self._now()))
        news: list[tuple[int, _Seat]] = []
        for entry in entries:
            seat = self._seat(entry, peer, identity, member, opening)
            if seat is None:
                self.refused += 1
            elif self._update(seat, entry) and self._may_be_told(seat):
                news.append((entry.client, seat))
        return _frame(news)

    def leave(self, peer: Hashable) -> bytes | None:
        """A peer is gone: answer what tells the others that its ids are."""
        member = self._members.pop(peer, None)
        gone: list[tuple[int, _Seat]] = []
        for client in sorted(member.ids) if member else ():
            seat = self._seats.pop(client)
            if seat.state is not None:
                gone.append((client, seat))
            self._left[client] = _Seat(seat.identity, heard=seat.heard, told=seat.told + 1 + seat.ahead)
        while len(self._left) > MAX_REMEMBERED:
            self._left.popitem(last=False)
        return _frame([(client, self._left.get(client, seat)) for client, seat in gone])

    def everyone(self) -> bytes | None:
        """What a joiner is told: every state, one clock ahead of what the others heard.

        A client that comes back has dropped the states it knew but not their clocks, and would pass over
        whatever it has seen before. One clock is enough until the state is renewed, every 15 s; more of them, and
        the echo of an old state could overtake a newer one in the client whose state it is.
        """
        shown = [(client, seat) for client, seat in self._seats.items() if seat.state is not None]
        for _, seat in shown:
            seat.ahead = True
        return _frame(shown, ahead=1)

    def overdue(self) -> bytes | None:
        """The states that waited for their peer's rate to allow them."""
        waiting = [(client, seat) for client, seat in self._seats.items() if seat.waits]
        return _frame([(client, seat) for client, seat in waiting if self._may_be_told(seat)])

    def states(self) -> dict[int, State]:
        """The state of every client that has one, by client id."""
        return {client: seat.state for client, seat in self._seats.items() if seat.state is not None}

    def _seat(self, entry: Entry, peer: Hashable, identity: Identity, member: _Member, opening: bool) -> _Seat | None:
        """The seat of an entry, if this peer may speak for it.

        A client that comes back while its old socket is not yet dead may take its id over, but only with the
        first thing it says, which is its own state alone: later on the same bytes would be an echo.
        """
        seat = self._seats.get(entry.client)
        if seat is not None and seat.peer == peer:
            return seat
        if seat is None:
            seat = self._free_seat(entry, identity, member, opening)
        elif opening and seat.identity.id == identity.id and seat.identity.session == identity.session:
            self._members[seat.peer].ids.discard(entry.client)
        else:
            seat = None
        if seat is not None:
            seat.peer, seat.identity = peer, identity
            seat.heard = min(seat.heard, entry.clock - 1)
            member.ids.add(entry.client)
            self._seats[entry.client] = seat
        return seat

    def _free_seat(self, entry: Entry, identity: Identity, member: _Member, opening: bool) -> _Seat | None:
        """A seat that nobody holds: a new one, or the one that this same identity left."""
        if entry.state == b"null" or len(member.ids) >= MAX_IDS_PER_PEER:
            return None
        left = self._left.get(entry.client)
        if left is None:
            return _Seat(identity)
        if left.identity.id != identity.id or not (opening or entry.clock > left.told):
            return None
        return self._left.pop(entry.client)

    def _update(self, seat: _Seat, entry: Entry) -> bool:
        """Put a state on its seat; answers whether there is something new to tell."""
        if entry.clock < seat.heard or (entry.clock == seat.heard and entry.state != b"null"):
            return False
        if len(entry.state) > self._limit:
            self.refused += 1
            return False
        state = _read_state(entry, seat.identity)
        seat.heard = entry.clock
        if state == seat.state and entry.clock <= seat.told and self._now() - seat.told_at < RENEWED_AFTER:
            return False  # the client took over the clock it was told; telling it again would never end
        seat.state, seat.encoded = state, _encode(state)
        seat.told = max(entry.clock, seat.told + 1 + seat.ahead)
        seat.ahead = False
        return True

    def _may_be_told(self, seat: _Seat) -> bool:
        """Whether the rate of a seat's peer lets its state be told now; if not, it waits for `overdue`."""
        member = self._members[seat.peer]
        now = self._now()
        member.allowance = min(BURST, member.allowance + (now - member.asked) * UPDATES_PER_SECOND)
        member.asked = now
        seat.waits = member.allowance < 1 and seat.state is not None
        if not seat.waits:
            member.allowance -= 1
            seat.told_at = now
        return not seat.waits


def read_entries(payload: bytes) -> list[Entry]:
    """The entries of an awareness update; raises Malformed. The states are UTF-8, but not looked into."""
    entries: list[Entry] = []
    try:
        count, at = varint(payload, 0)
        if count * 3 > len(payload) - at:
            raise Malformed(f"{count} states are announced and {len(payload) - at} bytes are left", at)
        for _ in range(count):
            client, at = varint(payload, at)
            clock, at = varint(payload, at, MAX_CLOCK)
            state, at = text(payload, at)
            entries.append(Entry(client, clock, state))
    except IndexError:
        raise Malformed("The awareness update ends in the middle of a number", len(payload)) from None
    if at != len(payload):
        raise Malformed("There are bytes after the end of the awareness update", at)
    return entries


def _read_state(entry: Entry, identity: Identity) -> State | None:
    """A state as a peer sent it, with `user` from who it is; raises Malformed unless it is an object or null."""
    try:
        state = orjson.loads(entry.state)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"The state of client {entry.client} is not JSON: {error.msg}") from None
    if state is None:
        return None
    if not isinstance(state, dict):
        raise Malformed(f"The state of client {entry.client} is neither an object nor null")
    check_depth(state)
    state["user"] = identity.user().model_dump(mode="json")
    return state


def _encode(state: State | None) -> bytes:
    try:
        return orjson.dumps(state)
    except orjson.JSONEncodeError as error:
        raise Malformed(f"A state can't be told to others: {error}") from None


def _frame(seats: list[tuple[int, _Seat]], ahead: int = 0) -> bytes | None:
    """A whole frame with these states; nothing if there are none."""
    if not seats:
        return None
    parts = [write_varint(len(seats))]
    for client, seat in seats:
        head = write_varint(client) + write_varint(seat.told + ahead)
        parts.append(head + write_varint(len(seat.encoded)) + seat.encoded)
    payload = b"".join(parts)
    return write_varint(MessageType.AWARENESS) + write_varint(len(payload)) + payload
