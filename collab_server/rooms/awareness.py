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

A client that hangs up forgets the states it knew, but not their clocks, and passes over whatever is told to it under
one that it knows. So a joiner is told of everyone one clock ahead of what the others heard. If it may know that one,
too, the state is *owed*: it is told to all once more, above all that anybody may know, as soon as whoever it is of
has been quiet for a moment.

People at other workers are in elsewhere.py. What changes here is handed to `share`, and what changes there comes by
`hear`. When somebody here was told of them ahead of their clocks `introduce` is called, to have their workers tell
them again. A client that two workers claim has moved: it belongs to the one it came to last, and that one tells of it
again, above whatever the other has told.

The wire format is that of y-protocols (`awareness.js`); the rules are GUARD-20 to GUARD-30 and FAN-13 to FAN-16 in
docs/spec.md.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from collab_server.auth.identity import Identity
from collab_server.fanout.port import Person, Present
from collab_server.rooms.elsewhere import LAST_WORDS, NULL, Elsewhere, holder, is_held_by
from collab_server.rooms.entries import Entry, State, encode, frame, read_entries, read_state
from collab_server.rooms.seat import Seat, clock_at
from flowroom.protocol import MAX_PRESENCE_BYTES

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
        wall: Callable[[], float] = time.time,
        limit: int = MAX_PRESENCE_BYTES,
        share: Callable[[Person], None] | None = None,
        introduce: Callable[[], None] | None = None,
    ) -> None:
        """`share` gets whom other workers need to hear of; `introduce` is called when they have to tell theirs anew."""
        self._now, self._wall = now, wall
        self._limit = limit
        self._share, self._introduce = share, introduce
        self.elsewhere = Elsewhere(now)
        self._seats: dict[int, Seat] = {}
        self._left: OrderedDict[int, Seat] = OrderedDict()
        self._members: dict[Hashable, _Member] = {}
        self.refused = 0
        """How many entries were passed over because they were foreign, too large, too many or too far ahead."""

    def receive(self, peer: Hashable, identity: Identity, payload: bytes) -> bytes | None:
        """Take over what a peer says of itself, and answer what is to be told to all; raises Malformed."""
        entries = read_entries(payload)
        if not entries:
            return None
        opening = peer not in self._members and len(entries) == 1
        member = self._members.setdefault(peer, _Member(self._now()))
        news: list[tuple[int, Seat]] = []
        for entry in entries:
            comes = entry.client not in member.ids
            seat = self._seat(entry, peer, identity, member, opening)
            if seat is None:
                self.refused += 1
                continue
            is_news = self._update(seat, entry, comes)
            if comes:
                seat.may_be_known(max(seat.told + LAST_WORDS, clock_at(self._wall())))
            if is_news and self._may_be_told(seat):
                news.append((entry.client, seat))
        return self._told(news)

    def leave(self, peer: Hashable) -> bytes | None:
        """A peer is gone: answer what tells the others that its ids are."""
        member = self._members.pop(peer, None)
        gone: list[tuple[int, Seat]] = []
        for client in sorted(member.ids) if member else ():
            seat = self._seats.pop(client)
            if seat.state is not None:
                gone.append((client, seat))
            self._left[client] = seat.left()
        while len(self._left) > MAX_REMEMBERED:
            self._left.popitem(last=False)
        return self._told([(client, self._left.get(client, seat)) for client, seat in gone])

    def everyone(self) -> bytes | None:
        """What a joiner is told: every state, one clock ahead of what the others heard.

        It is one clock, not more: else the echo of an old state could overtake a newer one in the client whose state
        it is.
        """
        shown = [(client, seat) for client, seat in self._seats.items() if seat.state is not None]
        for _, seat in shown:
            seat.introduce()
        if self._introduce is not None:
            self._introduce()
        entries = [Entry(client, seat.introduced, seat.encoded) for client, seat in shown]
        entries += [Entry(person.client, person.clock + 1, person.state) for person in self.elsewhere.introduced()]
        return frame(entries)

    def renewed(self) -> bytes | None:
        """What is told to all before `everyone` is told to a joiner: states that joiners were told of already.

        One of them may be back, and pass over the clock it knows. Whoever moves just now is left out, for this state
        could overtake a newer one in the client whose state it is: it is `overdue` if that doesn't come.
        """
        return self._told(self._anew([seat for seat in self._seats.items() if seat[1].introduced > seat[1].told]))

    def overdue(self) -> bytes | None:
        """The states that waited for their peer's rate to allow them, and those that are owed."""
        waiting = [(client, seat) for client, seat in self._seats.items() if seat.waits]
        told = [(client, seat) for client, seat in waiting if self._may_be_told(seat)]
        return self._told(told + self._anew([seat for seat in self._seats.items() if seat[1].owed]))

    @property
    def is_behind(self) -> bool:
        """Whether something will be `overdue`."""
        return any(seat.waits or (seat.owed and seat.state is not None) for seat in self._seats.values())

    def _anew(self, seats: "list[tuple[int, Seat]]") -> "list[tuple[int, Seat]]":
        """Those of them who have been quiet for a moment, to be told above all that anybody may know."""
        now = self._now()
        anew = [(id, seat) for id, seat in seats if seat.state is not None and seat.told_at <= now - QUIET_SECONDS]
        for _, seat in anew:
            seat.tell(seat.known + 1)
            seat.told_at, seat.waits = now, False
        return anew

    # Other workers

    def people(self) -> tuple[Person, ...]:
        """Everyone who is here, for other workers."""
        return tuple(_person(client, seat) for client, seat in self._seats.items() if seat.state is not None)

    def introduced(self) -> bytes | None:
        """Somebody at another worker may know later clocks than were told here; answers as `renewed`."""
        for seat in self._seats.values():
            seat.introduce()
            seat.may_be_known(seat.told + LAST_WORDS)
        return self.renewed()

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
            news += self._take(present, person)
        news += _last_words(self.elsewhere.missing(present))
        if self._introduce is not None and self.elsewhere.is_ahead(present):
            self._introduce()
        return frame(news)

    def gone(self, worker: str) -> bytes | None:
        """Another worker has ended: answer what tells that its people are gone."""
        return frame(_last_words(self.elsewhere.gone(worker)))

    def lapsed(self) -> bytes | None:
        """The same for workers that were not heard for long."""
        return frame(_last_words(self.elsewhere.lapsed()))

    def _insist(self, seat: Seat, person: Person) -> list[Entry]:
        """A client is here, whatever another worker says: tell it again, above what was said there."""
        if person.clock < seat.told or seat.state is None:
            return []
        seat.tell(max(person.clock, seat.known) + 1)
        if self._share is not None:
            self._share(_person(person.client, seat))
        return [Entry(person.client, seat.told, seat.encoded)]

    def _take(self, present: Present, person: Person) -> list[Entry]:
        """Take a client of another worker; answers what can be told of it here.

        It can't be under a clock at which it was told here that the client is gone. Its worker, once it hears of that,
        tells it again (`_insist`).
        """
        here, there = self._left.get(person.client), self.elsewhere.left(person.client)
        known = max(here.known if here else 0, there.clock if there else 0)
        clock = self.elsewhere.take(present, person)
        if person.state != NULL and person.clock <= known:
            if self._share is not None:
                self._share(Person(person.client, known, NULL, person.holder, 0))
            return []
        return [] if clock is None else [Entry(person.client, clock, person.state)]

    def _told(self, news: "list[tuple[int, Seat]]") -> bytes | None:
        if self._share is not None:
            for client, seat in news:
                self._share(_person(client, seat))
        return frame([Entry(client, seat.told, seat.encoded) for client, seat in news])

    # Seats

    def states(self) -> dict[int, State]:
        """The state of every client that has one, by client id."""
        return {client: seat.state for client, seat in self._seats.items() if seat.state is not None}

    def _seat(self, entry: Entry, peer: Hashable, identity: Identity, member: _Member, opening: bool) -> Seat | None:
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
            seat.peer, seat.identity, seat.since = peer, identity, self._wall()
            seat.heard = min(seat.heard, entry.clock - 1)
            member.ids.add(entry.client)
            self._seats[entry.client] = seat
        return seat

    def _free_seat(self, entry: Entry, identity: Identity, member: _Member, opening: bool) -> Seat | None:
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
        return self._left.pop(entry.client).known_up_to(*self.elsewhere.release(entry.client))

    def _seat_from_elsewhere(self, entry: Entry, identity: Identity, opening: bool) -> Seat | None:
        """A new seat, above the clock of the one the client may have had at another worker."""
        left = self.elsewhere.left(entry.client)
        if left is not None and not is_held_by(left, identity, session=False):
            return None
        if left is not None and not (opening or entry.clock > left.clock):
            return None
        return Seat(identity).known_up_to(*self.elsewhere.release(entry.client))

    def _update(self, seat: Seat, entry: Entry, comes: bool) -> bool:
        """Put a state on its seat; answers whether there is something new to tell."""
        if entry.clock < seat.heard or (entry.clock == seat.heard and entry.state != b"null"):
            return False
        if len(entry.state) > self._limit or not seat.may_say(entry.clock):
            self.refused += 1
            return False
        state = read_state(entry, seat.identity)
        encoded = encode(state)
        seat.heard = entry.clock
        if not comes and seat.ahead.get(entry.clock) == encoded:
            return False  # it took over what it was told, and may have said something newer before
        if state == seat.state and entry.clock <= seat.told and self._now() - seat.told_at < RENEWED_AFTER:
            return False  # the client took over the clock it was told; telling it again would never end
        seat.state, seat.encoded = state, encoded
        seat.tell(max(entry.clock, seat.next()))
        return True

    def _may_be_told(self, seat: Seat) -> bool:
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


def _person(client: int, seat: Seat) -> Person:
    return Person(client, seat.told, seat.encoded, holder(seat.identity), seat.since)


def _last_words(people: list[Person]) -> list[Entry]:
    return [Entry(person.client, person.clock, person.state) for person in people]
