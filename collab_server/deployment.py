"""All workers of a deployment as one: what is asked of every worker, and what every worker is told.

Both go over the bus that rooms use (fanout/port.py). Nobody keeps a list of workers; the bus knows how many there are,
so whoever asks waits for as many answers, and not for long. A worker that is started later begins with its settings.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from pydantic import ValidationError

from collab_server.fanout.port import LogLevelSet, Message, TrafficAsked, TrafficTold
from collab_server.logging import logger
from collab_server.rooms.registry import Rooms
from collab_server.rooms.traffic import Measure, Traffic, traffic
from flowroom.logging import LogLevel, set_level

ANSWER_SECONDS = 1.0
"""How long other workers may take to answer."""

log = logger("deployment")


@dataclass(slots=True)
class _Question:
    """What was asked, and who has answered."""

    wanted: int
    answers: list[Traffic] = field(default_factory=list)
    all_there: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, answer: Traffic) -> None:
        self.answers.append(answer)
        if len(self.answers) >= self.wanted:
            self.all_there.set()


@dataclass(frozen=True, slots=True)
class Gathered:
    """What workers answered in time, this one among them; `silent` is how many did not, and `trouble` why no other
    could be asked.
    """

    answers: list[Traffic]
    silent: int
    trouble: str | None


class Deployment:
    """The other workers, as those who run them see them. Hears them while it is `heard`."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._fanout = rooms.fanout
        self._asked: dict[str, _Question] = {}

    @contextmanager
    def heard(self) -> Iterator["Deployment"]:
        """Take part while the block runs."""
        with self._fanout.listen(self._hear, lambda _keys: None):
            yield self

    def set_log_level(self, level: LogLevel, *, by: str) -> None:
        """Have every worker write more or less into its log; this one does so before this returns."""
        self._fanout.publish(LogLevelSet(self._fanout.worker, level, by))

    async def traffic(self, *, by: Measure, limit: int) -> Gathered:
        """The busiest rooms of each worker."""
        question, others = uuid4().hex, await self._fanout.others(None)
        asked = self._asked[question] = _Question(others + 1)
        try:
            self._fanout.publish(TrafficAsked(self._fanout.worker, question, by, limit))
            async with asyncio.timeout(ANSWER_SECONDS):
                await asked.all_there.wait()
        except TimeoutError:
            log.info("workers did not answer", asked=asked.wanted, answered=len(asked.answers))
        finally:
            del self._asked[question]
        return Gathered(asked.answers, max(0, asked.wanted - len(asked.answers)), self._fanout.trouble)

    def _hear(self, message: Message) -> None:
        match message:
            case LogLevelSet(level="debug" | "info" | "warning" | "error" as level, by=by):
                set_level(level)
                log.warning("log level changed", level=level, by=by)
            case TrafficAsked(question=question, by="bytes" | "messages" as by, limit=limit):
                told = traffic(self._rooms, by=by, limit=limit).model_dump_json().encode()
                self._fanout.publish(TrafficTold(self._fanout.worker, question, told))
            case TrafficTold(question=question, told=told) if question in self._asked:
                self._take(self._asked[question], told)

    def _take(self, asked: _Question, told: bytes) -> None:
        try:
            asked.take(Traffic.model_validate_json(told))
        except ValidationError:
            log.info("a worker of another version answered")
