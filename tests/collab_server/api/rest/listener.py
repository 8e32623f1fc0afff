"""Someone who listens to the stream of what they are told, for tests."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

DEADLINE = 20.0


@dataclass
class Listener:
    """Reads a stream in a thread of its own."""

    events: list[tuple[str, Any, str | None]] = field(default_factory=list)
    ended: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def listen(self, http: httpx.Client, last: str | None) -> None:
        with suppress(httpx.TransportError):  # the client was closed: the test is over
            self._listen(http, last)
        self._end()

    def _listen(self, http: httpx.Client, last: str | None) -> None:
        headers = {} if last is None else {"last-event-id": last}
        with http.stream("GET", "/api/notifications/stream", headers=headers, timeout=60) as answer:
            self.headers = dict(answer.headers)
            fields: dict[str, str] = {}
            for line in answer.iter_lines():
                name, _, value = line.partition(": ")
                if line:
                    fields[name] = value
                elif "event" in fields:
                    self._put((fields["event"], json.loads(fields["data"]), fields.get("id")))
                    fields = {}

    def heard(self, *kinds: str) -> list[Any]:
        """Wait for these events, in this order among all; answers the data of the notifications."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.events) >= len(kinds), DEADLINE), self.events
            assert tuple(kind for kind, _, _ in self.events) == kinds
            return [data for kind, data, _ in self.events if kind == "notification"]

    def unread(self, count: int) -> bool:
        """Wait until this is the last that was told of how much is unread."""
        with self.changed:
            return self.changed.wait_for(lambda: self._unread()[-1] == count, DEADLINE)

    def _unread(self) -> list[int]:
        return [data["unread"] for kind, data, _ in self.events if kind == "unread"]

    def until_ended(self) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.ended, DEADLINE), "the stream goes on"

    def _put(self, event: tuple[str, Any, str | None]) -> None:
        with self.changed:
            self.events.append(event)
            self.changed.notify_all()

    def _end(self) -> None:
        with self.changed:
            self.ended = True
            self.changed.notify_all()


@contextmanager
def listening(http: httpx.Client, last: str | None = None) -> Iterator[Listener]:
    """A listener that has been told how much is unread."""
    listener = Listener()
    thread = threading.Thread(target=listener.listen, args=(http, last), daemon=True)
    thread.start()
    with listener.changed:
        assert listener.changed.wait_for(lambda: listener.events, DEADLINE), "no first event"
    yield listener
