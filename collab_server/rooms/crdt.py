"""Calls into the CRDT that may fail in ways Python does not expect.

Rust panics reach Python as a BaseException that `except Exception` misses. Every call that takes foreign bytes, or
reads a document that may be damaged, is made inside `engine_calls`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from pycrdt import merge_updates


class EngineFailed(Exception):
    """The CRDT raised or panicked; nobody knows what state it left the document in."""


@contextmanager
def engine_calls() -> Iterator[None]:
    """Turn whatever the CRDT raises, panics included, into EngineFailed."""
    try:
        yield
    except BaseException as error:
        if isinstance(error, Exception) or is_panic(error):
            raise EngineFailed(f"{type(error).__name__}: {error}") from error
        raise


def is_panic(error: BaseException) -> bool:
    """Whether an exception is a Rust panic; Python has no other name for its type."""
    return type(error).__name__ == "PanicException"


def merge(updates: list[bytes]) -> bytes:
    """Updates that follow each other, as one."""
    if len(updates) == 1:
        return updates[0]
    with engine_calls():
        return merge_updates(*updates)
