"""People of a room who are at other workers, as those workers tell of them.

Clocks are the same everywhere: a worker tells on what it hears under the clock it came with, so that somebody who moves
from one worker to another has not seen a later one. A worker repeats all of its people every few seconds; one that is
not heard for LEASE_SECONDS is dead, or cut off, and its people are gone.

Awareness.py has the table of those who are here, and decides when both claim the same client.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from collab_server.auth.identity import Identity
from collab_server.fanout.port import Person, Present

LEASE_SECONDS = 22.0
"""With the round in which it is noticed, and a lost word or two, people of a dead worker are gone within 30 s."""
LAST_WORDS = 2
"""By how much the clock of the last word about a client passes the last that was heard: joiners were told one more."""
MAX_REMEMBERED = 1024
MAX_TOLD = 8
NULL = b"null"


@dataclass(slots=True)
class Guest:
    """One client at another worker."""

    worker: str
    person: Person
    introduced: int = -1
    """The last clock at which joiners here, and not everyone, were told of it."""
    told: dict[int, bytes] = field(default_factory=dict)
    """The last states of it that were told here, by clock."""

    def tell(self, clock: int) -> int:
        """It is told here under this clock. A client that is told to be gone says what it had under the next one."""
        state = self.person.state
        if state == NULL and self.told:
            clock, state = clock + 1, next(reversed(self.told.values()))
        self.told[clock] = state
        if len(self.told) > MAX_TOLD:
            del self.told[next(iter(self.told))]
        return clock


@dataclass(slots=True)
class Elsewhere:
    """The table of one room. `now` tells seconds."""

    now: Callable[[], float] = time.monotonic
    _guests: dict[int, Guest] = field(default_factory=dict)
    _left: "OrderedDict[int, Guest]" = field(default_factory=OrderedDict)
    _heard: dict[str, float] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self._guests)

    def get(self, client: int) -> Guest | None:
        """A client who is at another worker now."""
        return self._guests.get(client)

    def left(self, client: int) -> Person | None:
        """The last word of a client who was at another worker, and is at none."""
        left = self._left.get(client)
        return None if left is None else left.person

    def introduced(self) -> list[Person]:
        """All who are at other workers, for a joiner that is told of them one clock ahead."""
        for guest in self._guests.values():
            guest.introduced = guest.tell(guest.person.clock + 1)
        return [guest.person for guest in self._guests.values()]

    def is_ahead(self, present: Present) -> bool:
        """Whether joiners here were told of somebody under a clock that this word of their worker does not pass."""
        guests = (self._guests.get(person.client) for person in present.people)
        return any(guest is not None and guest.introduced >= guest.person.clock for guest in guests)

    def release(self, client: int) -> tuple[int, dict[int, bytes]]:
        """Forget a client, who is here from now on; returns its last clock, and what was told here of it."""
        guest, left = self._guests.pop(client, None), self._left.pop(client, None)
        known = guest or left
        return (0, {}) if known is None else (known.person.clock, known.told)

    def heard(self, worker: str) -> None:
        """A worker lives."""
        self._heard[worker] = self.now()

    def take(self, present: Present, person: Person) -> int | None:
        """Take what a worker says of a client that nobody has here; answers the clock to tell it under, if it is news.

        What is new, though its worker only repeats who is there, may be known to a joiner here from elsewhere.
        """
        guest = self._guests.get(person.client)
        if person.state == NULL:
            if guest is not None and guest.worker != present.worker:
                return None  # it has moved on from there; where it is, it is told again
            self._guests.pop(person.client, None)
            self._remember(person, guest)
            return None if guest is None else person.clock
        if guest is not None and not _is_later(person, present.worker, guest):
            return None
        is_news = guest is None or guest.person.clock < person.clock
        guest = self._guests.setdefault(person.client, Guest(present.worker, person))
        guest.worker, guest.person = present.worker, person
        if not is_news:
            return None
        if present.whole:
            guest.introduced = person.clock + 1
        return guest.tell(guest.introduced if present.whole else person.clock)

    def missing(self, present: Present) -> list[Person]:
        """Forget the people of a worker that are not among all it has now; returns their last words."""
        if not present.whole:
            return []
        there = {person.client for person in present.people}
        return self._forget(present.worker, but=there)

    def gone(self, worker: str) -> list[Person]:
        """A worker has ended: forget its people; returns their last words."""
        self._heard.pop(worker, None)
        return self._forget(worker)

    def lapsed(self) -> list[Person]:
        """Forget the people of workers that were not heard for long; returns their last words."""
        now = self.now()
        dead = [worker for worker, heard in self._heard.items() if now - heard > LEASE_SECONDS]
        return [person for worker in dead for person in self.gone(worker)]

    def _forget(self, worker: str, but: Collection[int] = ()) -> list[Person]:
        gone = [guest for client, guest in self._guests.items() if guest.worker == worker and client not in but]
        last_words = [replace(guest.person, clock=guest.person.clock + LAST_WORDS, state=NULL) for guest in gone]
        for person, guest in zip(last_words, gone, strict=True):
            del self._guests[person.client]
            self._remember(person, guest)
        return last_words

    def _remember(self, person: Person, guest: Guest | None) -> None:
        """Keep the last word of a client that was a guest, if it was known here at all."""
        known = self._left.pop(person.client, None)
        if known is None or known.person.clock < person.clock:
            known = guest or Guest("", person)
            known.person = person
            known.tell(person.clock)
        self._left[person.client] = known
        while len(self._left) > MAX_REMEMBERED:
            self._left.popitem(last=False)


def _is_later(person: Person, worker: str, guest: Guest) -> bool:
    if guest.worker == worker:
        return person.clock >= guest.person.clock
    return (person.since, worker) > (guest.person.since, guest.worker)


def holder(identity: Identity) -> str:
    """Who may take a client id over, without telling the session to anyone who listens."""
    return f"{identity.id}#{hashlib.blake2b((identity.session or '').encode(), digest_size=8).hexdigest()}"


def is_held_by(person: Person, identity: Identity, *, session: bool) -> bool:
    """Whether it is this identity's, and of the same session if that matters."""
    return person.holder == holder(identity) if session else person.holder.rpartition("#")[0] == identity.id
