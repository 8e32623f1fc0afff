"""Fan-out within one process: for a single worker, and for tests of several."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from collab_server.fanout.port import Message, Receive, ToAll, Tuned
from collab_server.stores.documents import DocumentKey


class MemoryBus:
    """What the workers of a process have in common. While it is `cut`, each hears only itself."""

    def __init__(self) -> None:
        self.members: list[MemoryFanout] = []
        self._cut = False

    def cut(self) -> None:
        """Carry nothing from one worker to another; what is said is lost."""
        self._cut = True

    def mend(self) -> None:
        """Carry messages again."""
        self._cut = False
        for member in self.members:
            member.tune_in()

    def carry(self, message: Message, to: "MemoryFanout") -> None:
        """Bring a message to one of the others."""
        to.hear(message)

    @property
    def is_cut(self) -> bool:
        """Whether nothing is carried."""
        return self._cut


class MemoryFanout:
    """Hands each message at once to everyone who follows its document."""

    def __init__(self, bus: MemoryBus | None = None) -> None:
        self.worker = uuid4().hex
        self._bus = bus or MemoryBus()
        self._bus.members.append(self)
        self._ears: list[tuple[Receive, Tuned]] = []
        self._followed: set[DocumentKey] = set()

    def publish(self, message: Message) -> None:
        """See Fanout.publish."""
        self.hear(message)
        for member in tuple(self._bus.members):
            if member is not self and not self._bus.is_cut:
                self._bus.carry(message, member)

    @contextmanager
    def listen(self, receive: Receive, tuned: Tuned) -> Iterator[None]:
        """See Fanout.listen."""
        ear = receive, tuned
        self._ears.append(ear)
        try:
            yield
        finally:
            self._ears.remove(ear)

    def follow(self, key: DocumentKey) -> None:
        """See Fanout.follow."""
        self._followed.add(key)
        if self.trouble is None:
            self._tell_tuned(key)

    def unfollow(self, key: DocumentKey) -> None:
        """See Fanout.unfollow."""
        self._followed.discard(key)

    async def others(self, key: DocumentKey | None) -> int:
        """See Fanout.others."""
        if self._bus.is_cut:
            return 0
        return sum(key is None or key in member._followed for member in self._bus.members if member is not self)

    @property
    def alone(self) -> bool:
        """See Fanout.alone."""
        return len(self._bus.members) == 1

    @property
    def trouble(self) -> str | None:
        """See Fanout.trouble."""
        return "the bus is cut" if self._bus.is_cut else None

    def tune_in(self) -> None:
        """What was cut is mended."""
        self._tell_tuned(*self._followed)

    def _tell_tuned(self, *keys: DocumentKey) -> None:
        for _, tuned in tuple(self._ears):
            tuned(keys)

    def hear(self, message: Message) -> None:
        """Take what somebody says."""
        if not isinstance(message, ToAll) and message.key not in self._followed and message.worker != self.worker:
            return
        for receive, _ in tuple(self._ears):
            receive(message)
