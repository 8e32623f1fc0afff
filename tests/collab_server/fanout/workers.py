"""Workers as the fan-out sees them: each an end of the bus, and what it heard."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from collab_server.fanout.port import Fanout, Message
from collab_server.stores.documents import DocumentKey
from tests.collab_server.rooms.conftest import eventually


@dataclass
class Ear:
    """A worker that only listens."""

    fanout: Fanout
    heard: list[Message] = field(default_factory=list)
    tuned: list[DocumentKey] = field(default_factory=list)

    def hear(self, message: Message) -> None:
        self.heard.append(message)

    def tune(self, keys: Iterable[DocumentKey]) -> None:
        self.tuned += keys

    async def follow(self, key: DocumentKey) -> None:
        """Follow a document, and wait until it is heard of."""
        times = self.tuned.count(key)
        self.fanout.follow(key)
        await eventually(lambda: self.tuned.count(key) > times, f"{key.name} is not heard of")

    async def hears(self, message: Message) -> None:
        await eventually(lambda: message in self.heard, f"not heard: {message}")


@asynccontextmanager
async def listening(fanout: Fanout) -> AsyncIterator[Ear]:
    ear = Ear(fanout)
    with fanout.listen(ear.hear, ear.tune):
        yield ear
