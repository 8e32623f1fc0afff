"""What something was done for, across tasks and processes: W3C Trace Context, taken from callers and passed on.

The span that is going on now is in a context variable, so that whoever writes a log line or the row of a run need not
be handed it. A span costs next to nothing until somebody asks for its id in words: ids of what is long and has many
parts, as a socket and its frames, are counted on from one that was drawn.

Spans that have ended are told to whoever collects them (telemetry.py), and to nobody otherwise.
"""

import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal, NamedTuple

_HEADER = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
_NONE = frozenset({"0" * 32, "0" * 16})
_LARGEST = 2**64 - 1

Kind = Literal["internal", "server", "client", "consumer"]
"""Whether something is done for a caller, by calling somebody, for whoever left an order, or for oneself."""
Facts = Mapping[str, str | int | float | bool]


class Trace(NamedTuple):
    """A trace, and the span in it that is going on here: its number, that of the one it is part of, and its begin.

    A `parent` of 0 is none. `since` is seconds since 1970.
    """

    id: str
    number: int
    parent: int
    since: float

    @property
    def span(self) -> str:
        """The span's id."""
        return f"{self.number:016x}"

    @property
    def header(self) -> str:
        """What `traceparent` says of it, for whoever is called next."""
        return f"00-{self.id}-{self.span}-01"

    def part(self, count: int) -> "Trace":
        """The span of the `count`th part of this one, from 1 on; it begins now."""
        number = (self.number + count) & _LARGEST
        return Trace(self.id, number or _LARGEST, self.number, time.time())

    def within(self, since: float) -> "Trace":
        """A span inside this one that began then."""
        return Trace(self.id, secrets.randbits(64) or 1, self.number, since)


current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def begun(traceparent: str | None) -> Trace:
    """A span of our own in the trace that a caller names, or in a new one."""
    found = _HEADER.fullmatch(traceparent or "")
    if found is None or _NONE.intersection(found.groups()):
        return Trace(secrets.token_hex(16), secrets.randbits(64) or 1, 0, time.time())
    return Trace(found[1], secrets.randbits(64) or 1, int(found[2], 16), time.time())


@contextmanager
def inside() -> Iterator[Trace]:
    """Do something as a span inside the one that is going on here, or in a trace of its own."""
    outer = current.get()
    trace = begun(None) if outer is None else outer.within(time.time())
    known = current.set(trace)
    try:
        yield trace
    finally:
        current.reset(known)


def trace_id(traceparent: str | None) -> str | None:
    """The id of the trace in a header."""
    found = _HEADER.fullmatch(traceparent or "")
    return found[1] if found else None


@dataclass(frozen=True, slots=True)
class Span:
    """Something that was done, with what may be said of it; `error` says why it failed."""

    name: str
    trace: Trace
    until: float
    kind: Kind
    facts: Facts
    links: Sequence[Trace]
    error: str | None


Collect = Callable[[Span], None]
_collectors: list[Collect] = []


@contextmanager
def collected(by: Collect) -> Iterator[None]:
    """Tell somebody of each span that ends while the block runs; `by` never waits and never fails."""
    _collectors.append(by)
    try:
        yield
    finally:
        _collectors.remove(by)


def is_collected() -> bool:
    """Whether there is anybody to tell: what is only for them need not be looked up."""
    return bool(_collectors)


def ended(
    name: str,
    trace: Trace,
    facts: Facts,
    *,
    kind: Kind = "internal",
    until: float | None = None,
    links: Sequence[Trace] = (),
    error: str | None = None,
) -> None:
    """A span is over, now or at `until`; `links` are spans of other traces that it was done for as well."""
    if _collectors:
        span = Span(name, trace, until or time.time(), kind, facts, links, error)
        for collect in _collectors:
            collect(span)
