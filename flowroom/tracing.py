"""Which request something was done for, across processes: W3C Trace Context, taken from callers and passed on.

The trace of what is being done now is in a context variable, so that whoever writes a log line or the row of a run
need not be handed it.
"""

import re
import secrets
from contextvars import ContextVar
from typing import NamedTuple

_HEADER = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
_NONE = frozenset({"0" * 32, "0" * 16})


class Trace(NamedTuple):
    """A trace and the span in it that is going on here."""

    id: str
    span: str

    @property
    def header(self) -> str:
        """What `traceparent` says of it, for whoever is called next."""
        return f"00-{self.id}-{self.span}-01"


current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def begun(traceparent: str | None) -> Trace:
    """A span of our own in the trace that a caller names, or in a new one."""
    found = _HEADER.fullmatch(traceparent or "")
    known = found is not None and not _NONE.intersection(found.groups())
    return Trace(found[1] if found and known else secrets.token_hex(16), secrets.token_hex(8))


def trace_id(traceparent: str | None) -> str | None:
    """The id of the trace in a header."""
    found = _HEADER.fullmatch(traceparent or "")
    return found[1] if found else None
