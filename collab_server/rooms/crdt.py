"""Calls into the CRDT that may fail in ways Python does not expect.

Rust panics reach Python as a BaseException that `except Exception` misses. Every call that takes foreign bytes, or
reads a document that may be damaged, is made inside `engine_calls`.
"""

from contextlib import AbstractContextManager

from pycrdt import merge_updates


class EngineFailed(Exception):
    """The CRDT raised or panicked; nobody knows what state it left the document in."""


class _EngineCalls:
    """Without a generator, for it is entered several times for each edit."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is not None and (isinstance(error, Exception) or is_panic(error)):
            raise EngineFailed(f"{type(error).__name__}: {error}") from error


_ENGINE_CALLS = _EngineCalls()


def engine_calls() -> AbstractContextManager[None]:
    """Turn whatever the CRDT raises, panics included, into EngineFailed."""
    return _ENGINE_CALLS


def is_panic(error: BaseException) -> bool:
    """Whether an exception is a Rust panic; Python has no other name for its type."""
    return type(error).__name__ == "PanicException"


def merge(updates: list[bytes]) -> bytes:
    """Updates that follow each other, as one."""
    if len(updates) == 1:
        return updates[0]
    with engine_calls():
        return merge_updates(*updates)
