"""Who is in a room: every peer's awareness state, bound to whoever introduced it and stamped with who that is.

A room hands each AwarenessUpdate to `receive` and sends the frame it returns to every peer, the sender included
(a stock y-websocket client hangs up after 30 s in which it heard nothing, so it must hear itself):

    presences = Presences()
    frame = presences.renewed()                             # to all before somebody joins, if not None
    frame = presences.everyone()                            # to a joiner, if not None
    frame = presences.receive(peer, identity, payload)      # to all, if not None; raises guard.Malformed
    frame = presences.leave(peer)                           # to all who are left, if not None
    frame = presences.overdue()                             # to all, about twice a second, if not None

Stock clients repeat to the server whatever they hear, and tabs of one browser repeat each other, so an entry under
someone else's id is no offence: it is passed over, unread. Clocks are the server's own from the second one
on, because a client that comes back counts on from where it was while others have already seen it leave.

People at other workers are in elsewhere.py. Under a clock that others have not passed, what changes here is handed to
`share`, and what changes there comes by `hear`. A client that two workers claim has moved: it belongs to the one it
came to last, and that one tells of it again, above whatever the other has told.

The wire format is that of y-protocols (`awareness.js`); the rules are GUARD-20 to GUARD-29 and FAN-13 to FAN-16 in
docs/spec.md.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from collab_server.auth.identity import Identity
from collab_server.fanout.port import Person, Present
from collab_server.rooms.elsewhere import NULL, Elsewhere, holder, is_held_by
from collab_server.rooms.walker import MAX_CLOCK, Malformed, check_depth, text, varint, write_varint
from flowroom.protocol import MAX_PRESENCE_BYTES, MessageType

MAX_IDS_PER_PEER = 8
"""Client ids one peer may hold: its own, and those of other tabs that it speaks for."""
MAX_REMEMBERED = 1024
"""Client ids that left and are remembered, so that nobody takes them over and their clocks go on."""
RENEWED_AFTER = 5.0
"""Seconds after which an unchanged state is told again; stock clients renew theirs every 15 s."""
QUIET_SECONDS = 1.0
"""Who has not moved for so long is not likely to move just now; also how often a state is told to all anew."""
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
    since: float = field(default_factory=time.time)
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

    def __init__(
        self,
        *,
        now: Callable[[], float] = time.monotonic,
        limit: int = MAX_PRESENCE_BYTES,
        share: Callable[[Person], None] | None = None,
    ) -> None:
        """`share` is told of everything that other workers need to hear."""
        self._now = now
        self._limit = limit
        self._share = share
        self.elsewhere = Elsewhere(now)
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
        return self._told(news)

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
        return self._told([(client, self._left.get(client, seat)) for client, seat in gone])

    def everyone(self) -> bytes | None:
        """What a joiner is told: every state, one clock ahead of what the others heard.

        A client that comes back has dropped the states it knew but not their clocks, and would pass over
        whatever it has seen before. It is one clock, not more: else the echo of an old state could overtake a newer
        one in the client whose state it is. One that comes back again needs `renewed`.
        """
        shown = [(client, seat) for client, seat in self._seats.items() if seat.state is not None]
        for _, seat in shown:
            seat.ahead = True
        entries = [Entry(client, seat.told + 1, seat.encoded) for client, seat in shown]
        entries += [Entry(person.client, person.clock + 1, person.state) for person in self.elsewhere.everyone()]
        return _frame(entries)

    def renewed(self) -> bytes | None:
        """What is told to all before `everyone` is told to a joiner: states that joiners were told of already.

        One of them may be back, and pass over the clock it knows. Whoever moves just now is left out: its next state
        is news to all, and this one could overtake it in the client whose state it is.
        """
        quiet = self._now() - QUIET_SECONDS
        shown = [seat for seat in self._seats.items() if seat[1].state is not None]
        stale = [(client, seat) for client, seat in shown if seat.ahead and seat.told_at <= quiet]
        for _, seat in stale:
            seat.told, seat.told_at, seat.ahead = seat.told + 2, self._now(), False
        return self._told(stale)

    def overdue(self) -> bytes | None:
        """The states that waited for their peer's rate to allow them."""
        waiting = [(client, seat) for client, seat in self._seats.items() if seat.waits]
        return self._told([(client, seat) for client, seat in waiting if self._may_be_told(seat)])

    # Other workers

    def people(self) -> tuple[Person, ...]:
        """Everyone who is here, for other workers."""
        return tuple(_person(client, seat) for client, seat in self._seats.items() if seat.state is not None)

    def introduced(self) -> bytes | None:
        """Another worker has told a joiner of everyone, as `everyone` does; answers as `renewed`."""
        frame = self.renewed()
        for seat in self._seats.values():
            seat.ahead = True
        return frame

    def hear(self, present: Present) -> bytes | None:
        """Take what another worker says of its people, and answer what is to be told to all here."""
        self.elsewhere.heard(present.worker)
        news: list[Entry] = []
        for person in present.people:
            seat = self._seats.get(person.client)
            if seat is not None and (person.state == NULL or seat.since >= person.since):
                news += self._insist(seat, person)
                continue
            if seat is not None:
                self._members[seat.peer].ids.discard(person.client)
                self._left[person.client] = self._seats.pop(person.client)
            if self._take(present.worker, person):
                news.append(Entry(person.client, person.clock, person.state))
        return _frame(news + _last_words(self.elsewhere.missing(present)))

    def gone(self, worker: str) -> bytes | None:
        """Another worker has ended: answer what tells that its people are gone."""
        return _frame(_last_words(self.elsewhere.gone(worker)))

    def lapsed(self) -> bytes | None:
        """The same for workers that were not heard for long."""
        return _frame(_last_words(self.elsewhere.lapsed()))

    def _insist(self, seat: _Seat, person: Person) -> list[Entry]:
        """A client is here, whatever another worker says: tell it again, above what was said there."""
        if person.clock < seat.told or seat.state is None:
            return []
        seat.told, seat.ahead = person.clock + 1, False
        if self._share is not None:
            self._share(_person(person.client, seat))
        return [Entry(person.client, seat.told, seat.encoded)]

    def _take(self, worker: str, person: Person) -> bool:
        """Take a client of another worker; says whether that can be told here.

        It can't be under a clock at which it was told here that the client is gone. Its worker, once it hears of that,
        tells it again (`_insist`).
        """
        here, there = self._left.get(person.client), self.elsewhere.left(person.client)
        known = max(here.told if here else 0, there.clock if there else 0)
        is_news = self.elsewhere.take(worker, person)
        if person.state != NULL and person.clock <= known:
            if self._share is not None:
                self._share(Person(person.client, known, NULL, person.holder, 0))
            return False
        return is_news

    def _told(self, news: "list[tuple[int, _Seat]]") -> bytes | None:
        if self._share is not None:
            for client, seat in news:
                self._share(_person(client, seat))
        return _frame([Entry(client, seat.told, seat.encoded) for client, seat in news])

    # Seats

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
            seat.peer, seat.identity, seat.since = peer, identity, time.time()
            seat.heard = min(seat.heard, entry.clock - 1)
            member.ids.add(entry.client)
            self._seats[entry.client] = seat
        return seat

    def _free_seat(self, entry: Entry, identity: Identity, member: _Member, opening: bool) -> _Seat | None:
        """A seat that nobody holds: a new one, or the one that this same identity left."""
        if entry.state == b"null" or len(member.ids) >= MAX_IDS_PER_PEER:
            return None
        guest = self.elsewhere.get(entry.client)
        if guest is not None and not (opening and is_held_by(guest.person, identity, session=True)):
            return None
        left = self._left.get(entry.client)
        if left is None:
            return self._seat_from_elsewhere(entry, identity, opening)
        if left.identity.id != identity.id or not (opening or entry.clock > left.told):
            return None
        self._left.pop(entry.client)
        there = self.elsewhere.release(entry.client)
        told = max(left.told, there.clock if there else 0)
        return _Seat(identity, heard=left.heard, told=told, ahead=there is not None)

    def _seat_from_elsewhere(self, entry: Entry, identity: Identity, opening: bool) -> _Seat | None:
        """A new seat, above the clock of the one the client may have had at another worker."""
        left = self.elsewhere.left(entry.client)
        if left is not None and not is_held_by(left, identity, session=False):
            return None
        if left is not None and not (opening or entry.clock > left.clock):
            return None
        there = self.elsewhere.release(entry.client)
        return _Seat(identity, told=there.clock, ahead=True) if there is not None else _Seat(identity)

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


def _person(client: int, seat: _Seat) -> Person:
    return Person(client, seat.told, seat.encoded, holder(seat.identity), seat.since)


def _last_words(people: list[Person]) -> list[Entry]:
    return [Entry(person.client, person.clock, person.state) for person in people]


def _frame(entries: list[Entry]) -> bytes | None:
    """A whole frame with these states; nothing if there are none."""
    if not entries:
        return None
    parts = [write_varint(len(entries))]
    for client, clock, state in entries:
        parts.append(write_varint(client) + write_varint(clock) + write_varint(len(state)) + state)
    payload = b"".join(parts)
    return write_varint(MessageType.AWARENESS) + write_varint(len(payload)) + payload
