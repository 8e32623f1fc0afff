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
MAX_REMEMBERED = 1024
NULL = b"null"


@dataclass(slots=True)
class Guest:
    """One client at another worker."""

    worker: str
    person: Person


@dataclass(slots=True)
class Elsewhere:
    """The table of one room. `now` tells seconds."""

    now: Callable[[], float] = time.monotonic
    _guests: dict[int, Guest] = field(default_factory=dict)
    _left: "OrderedDict[int, Person]" = field(default_factory=OrderedDict)
    _heard: dict[str, float] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self._guests)

    def get(self, client: int) -> Guest | None:
        """A client who is at another worker now."""
        return self._guests.get(client)

    def left(self, client: int) -> Person | None:
        """The last word of a client who was at another worker, and is at none."""
        return self._left.get(client)

    def everyone(self) -> list[Person]:
        """All who are at other workers."""
        return [guest.person for guest in self._guests.values()]

    def release(self, client: int) -> Person | None:
        """Forget a client, who is here from now on; returns the last that was told of it."""
        guest = self._guests.pop(client, None)
        left = self._left.pop(client, None)
        return guest.person if guest is not None else left

    def heard(self, worker: str) -> None:
        """A worker lives."""
        self._heard[worker] = self.now()

    def take(self, worker: str, person: Person) -> bool:
        """Take what a worker says of a client that nobody has here; says whether that is news."""
        guest = self._guests.get(person.client)
        if person.state == NULL:
            if guest is not None and guest.worker != worker:
                return False  # it has moved on from there; where it is, it is told again
            self._guests.pop(person.client, None)
            self._remember(person)
            return guest is not None
        if guest is not None and not _is_later(person, worker, guest):
            return False
        self._guests[person.client] = Guest(worker, person)
        return guest is None or person.clock > guest.person.clock

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
        gone = [guest.person for client, guest in self._guests.items() if guest.worker == worker and client not in but]
        last_words = [replace(person, clock=person.clock + 2, state=NULL) for person in gone]
        for person in last_words:
            del self._guests[person.client]
            self._remember(person)
        return last_words

    def _remember(self, person: Person) -> None:
        known = self._left.pop(person.client, None)
        self._left[person.client] = person if known is None or known.clock < person.clock else known
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
